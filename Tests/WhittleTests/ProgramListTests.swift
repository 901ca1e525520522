import Foundation
import TestSupport
import Testing

/// `whittle verify --programs` hands the kernels for GPUs to compilers, where there is no device.
@Suite("The list of programs")
struct ProgramListTests {
  private struct Program: Decodable {
    let file: String
    let prelude: String?
    let options: String
    let kernels: [String: Int]
    let source: String
  }

  @Test("every program for GPUs is there, whole, with no OpenCL device")
  func list() throws {
    let folder = try TemporaryFolder()
    let outcome = try Tool.run(
      ["verify", "--programs"], in: folder.path, environment: ["OCL_ICD_VENDORS": folder.path])
    #expect(outcome.exitCode == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
    let programs = try outcome.output.split(separator: "\n").map {
      try JSONDecoder().decode(Program.self, from: Data($0.utf8))
    }
    for program in programs {
      #expect(program.source.hasPrefix("#line 1 \"common.cl\"\n") && !program.source.contains("#include"))
      #expect(program.options.hasPrefix("-cl-denorms-are-zero"))
      #expect(!program.kernels.isEmpty && program.kernels.values.allSatisfy { (1...1024).contains($0) })
      for kernel in program.kernels.keys { #expect(program.source.contains(kernel)) }
    }
    let large = try #require(
      programs.first { $0.file == "matmul_gpu.cl" && $0.options.contains("-DTILE_M=128 -DTILE_N=128") })
    #expect(large.prelude == "optimizers/adam.cl" && large.kernels["matmul_forward_relu"] == 256)
    // A program is listed once.
    #expect(Set(programs.map { "\($0.file) \($0.prelude ?? "") \($0.options)" }).count == programs.count)
  }

  @Test("edited kernels are listed")
  func editedKernels() throws {
    let outcome = try Tool.run(["verify", "--programs", "--kernels", "/nowhere"], in: "/tmp")
    #expect(
      outcome.exitCode == 1 && outcome.errors.contains("kernel file /nowhere/common.cl"), "\(outcome.errors)")
  }

  @Test(
    "what a list does not heed is refused",
    arguments: [
      ["--device", "gpu"], ["--family", "cpu"], ["--quick"], ["--until-failure"], ["--first", "blocks"],
    ])
  func options(option: [String]) throws {
    let outcome = try Tool.run(["verify", "--programs"] + option, in: "/tmp")
    #expect(
      outcome.exitCode == 64 && outcome.errors.contains(option.joined(separator: " ") + ": --programs lists"))
  }
}
