import Device
import Experiments
import Foundation
import GraphExec
import TestSupport
import Testing

/// `whittle verify` passes on the kernels as they are, and not on broken ones.
@Suite(.serialized, .enabled(if: TestDevice.isPresent, "there is no OpenCL device"))
struct VerificationTests {
  @Test("every kernel agrees with the reference", arguments: KernelConfig.Family.allCases)
  func kernelsAgree(family: KernelConfig.Family) throws {
    let device = try TestDevice.openCL()
    let report = try Verification(device: device, families: [family], quick: true).run()
    for result in report.results {
      #expect(
        result.failures == 0, "\(result.kernel), \(result.configuration): \(result.firstFailure ?? "")")
    }
    let kernels = Set(report.results.map(\.kernel))
    for kernel in ["matmul_forward", "sparse_forward", "softmax_cross_entropy", "mask_apply", "adam_update"] {
      #expect(kernels.contains(kernel))
    }
  }

  /// Faults that a verification must find: the file, what is replaced, and the kernel that fails.
  static let faults: [(file: String, text: String, replacement: String, kernel: String)] = [
    // A wrong term.
    ("matmul_cpu.cl", "fma(weight, xs[c], sum[r][c])", "fma(weight, xs[0], sum[r][c])", "matmul_forward"),
    // A ReLU that hides a NaN.
    ("elementwise.cl", "y[i] = RELU(float, x[i])", "y[i] = fmax(x[i], 0.0f)", "relu_forward"),
    // A write past the end.
    ("elementwise.cl", "if (i < count) y[i]", "if (i <= count) y[i]", "relu_forward"),
    // Ties taken from the wrong side.
    ("mask.cl", "(index < cut)", "(index >= cut)", "mask_apply"),
    // A mean over the wrong number of images.
    ("loss.cl", "(LossVector)((float)count)", "(LossVector)((float)batch)", "softmax_cross_entropy"),
  ]

  @Test("a broken kernel is found", arguments: faults.indices)
  func faultsAreFound(index: Int) throws {
    let device = try TestDevice.openCL()
    let fault = Self.faults[index]
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("whittle-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for name in KernelSources.names {
      var text = try KernelSources.embedded.text(of: name)
      if name == fault.file {
        #expect(text.contains(fault.text), "the fault no longer applies to \(name)")
        text = text.replacingOccurrences(of: fault.text, with: fault.replacement)
      }
      try text.write(to: folder.appendingPathComponent(name), atomically: true, encoding: .utf8)
    }
    let report = try Verification(
      device: device, sources: .folder(folder.path), families: [.cpu], quick: true
    ).run()
    #expect(!report.passed)
    #expect(report.results.contains { $0.kernel == fault.kernel && $0.failures > 0 })
  }
}
