import Foundation
import TestSupport
import Testing

/// Protects that a benchmark measures what is asked for, and says what that was.
@Suite struct BenchTests {
  /// What a benchmark says of a round on the CPU backend.
  private func report(_ arguments: String...) throws -> [String: Any] {
    let folder = try TemporaryFolder()
    let outcome = try Tool.run(
      ["bench"] + arguments + ["--device", "cpu", "--rounds", "1", "--json"], in: folder.path)
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    return try #require(
      try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
  }

  @Test("a network with a name takes the place of the challenge's")
  func network() throws {
    let report = try report("inference", "--network", "lenet-300-100", "--images", "300")
    #expect(report["layers"] as? [Int] == [784, 300, 100, 10])
    #expect(report["batch"] as? Int == 256 && report["images"] as? Int == 300)
    #expect((report["seconds"] as? Double ?? 0) > 0)
  }

  @Test("a batch has as many images as are asked for, and the work of the processor is told")
  func batch() throws {
    let report = try report("step", "--network", "lenet-300-100", "--batch-size", "32")
    #expect(report["batch"] as? Int == 32 && report["images"] as? Int == 24 * 32)
    #expect((report["processor_seconds"] as? Double ?? 0) > 0)
  }

  @Test("a batch of no images, or of too many, is refused", arguments: ["0", "65537"])
  func batchOutOfRange(size: String) throws {
    let folder = try TemporaryFolder()
    for bench in ["matmul", "step", "inference"] {
      let outcome = try Tool.run(["bench", bench, "--batch-size", size], in: folder.path)
      #expect(outcome.exitCode == 64 && outcome.output.isEmpty)
      #expect(outcome.errors.contains("--batch-size \(size): expected 1 to 65536"))
    }
  }

  @Test("a network that there is not is refused with those that there are")
  func unknown() throws {
    let folder = try TemporaryFolder()
    let outcome = try Tool.run(["bench", "step", "--network", "lenet5"], in: folder.path)
    #expect(outcome.exitCode == 64 && outcome.output.isEmpty)
    #expect(outcome.errors.contains("'lenet5'") && outcome.errors.contains("lenet-5"))
  }
}
