import Device
import Foundation
import TestSupport
import Testing

/// Kernels from the binary and from a folder, and the message for one that does not build.
@Suite(.serialized) struct KernelBuildTests {
  /// A folder with every kernel file, `changes` replacing some of them.
  private func folder(_ changes: [String: String?]) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for name in KernelSources.names {
      guard let text = try changes[name] ?? KernelSources.embedded.text(of: name) else { continue }
      try folder.write(text, name)
    }
    return folder
  }

  private func bind(_ context: ComputeContext, _ file: String, _ name: String, options: String = "") throws
    -> BoundKernel
  {
    try BoundKernel(
      context, file: file, name: name, options: options, arguments: [], geometry: LaunchGeometry(1, local: 1))
  }

  @Test("every file of Kernels/ is embedded as it is")
  func embedded() throws {
    let kernels = URL(fileURLWithPath: Repository.root + "/Kernels")
    let files = try FileManager.default.subpathsOfDirectory(atPath: kernels.path).filter {
      $0.hasSuffix(".cl")
    }
    #expect(KernelSources.names == files.sorted())
    for name in files {
      let text = try String(contentsOf: kernels.appendingPathComponent(name), encoding: .utf8)
      #expect(try KernelSources.embedded.text(of: name) == text)
    }
  }

  @Test(
    "a build failure shows file, line, options, device and log",
    .needs(.openCL))
  func buildFailure() throws {
    let broken = "kernel void relu_forward(const int count) {\n  int x = 1;\n  x = nonsense;\n}\n"
    let folder = try folder(["elementwise.cl": broken])
    let context = try ComputeContext(TestDevice.openCL(), sources: .folder(folder.path))
    let failure = try #require(throws: KernelBuildFailure.self) {
      try bind(context, "elementwise.cl", "relu_forward", options: "-DWIDTH=7")
    }
    #expect(failure.file == "elementwise.cl")
    #expect(failure.place?.file == "elementwise.cl" && failure.place?.line == 3)
    #expect(failure.log.contains("nonsense"))
    let lines = failure.description.split(separator: "\n")
    #expect(
      lines[0]
        == "kernel elementwise.cl, line 3 does not build on \(context.device.name): BUILD_PROGRAM_FAILURE (-11)"
    )
    #expect(lines[1] == "options: -cl-denorms-are-zero -DWIDTH=7")
  }

  @Test(
    "a fault is found in the file where it is, whatever ends its lines", .needs(.openCL),
    arguments: ["common.cl", "optimizers/adam.cl", "panels_gpu.cl"])
  func buildFailureElsewhere(_ file: String) throws {
    let text = try KernelSources.embedded.text(of: file)
    let broken = text.replacing("\n", with: "\r\n") + "int x = nonsense;\n"
    let matmul = try KernelSources.embedded.text(of: "matmul_gpu.cl").replacing("\n", with: "\r\n")
    let folder = try folder(["matmul_gpu.cl": matmul, file: broken])
    let context = try ComputeContext(TestDevice.openCL(), sources: .folder(folder.path))
    let failure = try #require(throws: KernelBuildFailure.self) {
      try BoundKernel(
        context, file: "matmul_gpu.cl", prelude: "optimizers/adam.cl", name: "matmul_forward", options: "",
        arguments: [], geometry: LaunchGeometry(1, local: 1))
    }
    #expect(failure.file == "matmul_gpu.cl")
    #expect(failure.place?.file == file)
    #expect(failure.place?.line == text.split(separator: "\n", omittingEmptySubsequences: false).count)
    #expect(failure.description.hasPrefix("kernel \(file), line "))
    #expect(failure.description.contains(" (a part of matmul_gpu.cl) does not build on"))
  }

  @Test("a file that includes itself is an error that says how")
  func includeCycle() throws {
    let folder = try folder(["panels_gpu.cl": "#include \"conv_gpu.cl\"\n"])
    let error = try #require(throws: KernelSourceMissing.self) {
      try KernelSources.folder(folder.path).expanded("conv_gpu.cl")
    }
    #expect(
      error.description
        == "kernel file conv_gpu.cl: it includes itself: conv_gpu.cl includes panels_gpu.cl includes conv_gpu.cl"
    )
  }

  @Test("an edited folder is used, and a file that is missing in it is named")
  func folders() throws {
    let folder = try folder(["step.cl": nil, "loss.cl": "// nothing here\n"])
    let sources = KernelSources.folder(folder.path)
    #expect(try sources.text(of: "loss.cl") == "// nothing here\n")
    #expect(try sources.text(of: "mask.cl") == KernelSources.embedded.text(of: "mask.cl"))
    let missing = try #require(throws: KernelSourceMissing.self) { try sources.text(of: "step.cl") }
    #expect(missing.description.contains(folder.path + "/step.cl"))
    #expect(missing.description.contains("--kernels"))
    #expect(KernelSources.choose(folder: folder.path) == sources)
  }

  @Test("the digest tells edited sources from embedded ones")
  func digest() throws {
    let same = try folder([:])
    let edited = try folder(["loss.cl": "// nothing here\n"])
    #expect(try KernelSources.folder(same.path).digest() == KernelSources.embedded.digest())
    #expect(try KernelSources.folder(edited.path).digest() != KernelSources.embedded.digest())
  }

  @Test(
    "a kernel that a file does not have is named",
    .needs(.openCL)
  )
  func missingKernel() throws {
    let context = try ComputeContext(TestDevice.openCL(), sources: .embedded)
    let error = try #require(throws: OpenCLError.self) { try bind(context, "step.cl", "begin_nothing") }
    #expect(error.description == "clCreateKernel(step.cl: begin_nothing) failed: INVALID_KERNEL_NAME (-46)")
  }
}
