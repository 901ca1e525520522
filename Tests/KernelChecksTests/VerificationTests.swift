import Device
import GraphExec
import KernelChecks
import TestSupport
import Testing

/// `whittle verify` passes on the kernels as they are, and not on broken ones.
@Suite(.serialized, .needs(.openCL))
struct VerificationTests {
  @Test("every kernel agrees with the reference", arguments: KernelConfig.Family.allCases)
  func kernelsAgree(family: KernelConfig.Family) throws {
    let device = try TestDevice.openCL()
    let report = try Verification(device: device, families: [family], quick: true).run()
    for result in report.results {
      #expect(
        result.failures == 0, "\(result.kernel), \(result.configuration): \(result.firstFailure ?? "")")
    }
    // The sources say which kernels there are; a row of several kernels names each.
    let verified = Set(report.results.flatMap { $0.kernel.split(separator: ", ").map(String.init) })
    let others = KernelConfig.Family.allCases.filter { $0 != family }.map { "_\($0.rawValue).cl" }
    let sources = try KernelSources.names.map { try KernelSources.embedded.text(of: $0) }
    for file in KernelSources.names where !others.contains(where: file.hasSuffix) {
      let kernels = KernelNames.all(in: try KernelSources.embedded.expanded(file))
      let goesBefore = file == "common.cl" || file.contains("/")
      let isIncluded = sources.contains { $0.contains("#include \"\(file)\"") }
      #expect(!kernels.isEmpty || goesBefore || isIncluded, "\(file): no kernel is found in it")
      // Groups that wait for one another run on few devices.
      guard file != "network_gpu.cl" || device.ordersGroups else { continue }
      #expect(kernels.subtracting(verified) == [], "\(file)")
    }
  }

  @Test("what is compiled for GPUs leaves no kernel out")
  func programsForGPUs() throws {
    let programs = KernelProgram.forGPUs
    for file in KernelSources.names where !file.hasSuffix("_cpu.cl") {
      let listed = programs.filter { $0.text.file == file }
      let kernels = KernelNames.all(in: try KernelSources.embedded.expanded(file))
      #expect(kernels.subtracting(listed.flatMap(\.kernels.keys)) == [], "\(file)")
    }
    for tiles in GPUTiles.all {
      let size = "-DTILE_M=\(tiles.tileM) -DTILE_N=\(tiles.tileN) "
      #expect(programs.contains { $0.text.options.contains(size) })
    }
  }

  /// Faults that a verification must find: the file, what is replaced, and the kernel that fails; and what it begins with.
  static let faults: [(file: String, text: String, replacement: String, kernel: String, first: VerifyPart?)] =
    [
      // A wrong term.
      (
        "matmul_cpu.cl", "fma(weight, xs[c], sum[r][c])", "fma(weight, xs[0], sum[r][c])", "matmul_forward",
        .matmuls
      ),
      // A ReLU that hides a NaN.
      ("elementwise.cl", "y[i] = RELU(float, x[i])", "y[i] = fmax(x[i], 0.0f)", "relu_forward", nil),
      // A write past the end.
      ("elementwise.cl", "if (i < count) y[i]", "if (i <= count) y[i]", "relu_forward", nil),
      // Ties taken from the wrong side; it is found behind what comes first.
      ("mask.cl", "(uint)pool) < cut)", "(uint)pool) >= cut)", "mask_apply", .wholeSteps),
      // A mean over the wrong number of images.
      (
        "loss_common.cl", "(LossVector)((float)batch_images)", "(LossVector)((float)pitch)",
        "softmax_cross_entropy", nil
      ),
      // An update that the next step does not see.
      (
        "gradient_cpu.cl", "if (update.packed) STORE(w, 0,", "if (update.packed) STORE(g, 0,",
        "network_gradients_bytes, network_update", .blocks
      ),
    ]

  @Test("a broken kernel is found", arguments: faults.indices)
  func faultsAreFound(index: Int) throws {
    let device = try TestDevice.openCL()
    let fault = Self.faults[index]
    let folder = try TemporaryFolder()
    for name in KernelSources.names {
      var text = try KernelSources.embedded.text(of: name)
      if name == fault.file {
        #expect(text.contains(fault.text), "the fault no longer applies to \(name)")
        text = text.replacing(fault.text, with: fault.replacement)
      }
      try folder.write(text, name)
    }
    let report = try Verification(
      device: device, sources: .folder(folder.path), families: [.cpu], quick: true,
      untilFailure: true
    ).run(first: fault.first)
    #expect(report.results.count { $0.failures > 0 } == 1)
    #expect(report.results.contains { $0.kernel == fault.kernel && $0.failures > 0 })
    // Nothing else was run before it.
    if fault.first == .blocks { #expect(!report.results.contains { $0.kernel == "relu_forward" }) }
  }
}
