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

  @Test("a round in which entries are replaced has all the steps from one time to the next")
  func regrowth() throws {
    for places in ["random", "gradient"] {
      let report = try report(
        "step", "--network", "lenet-300-100", "--batch-size", "16", "--sparsity", "0.9", "--regrow", places)
      #expect(report["images"] as? Int == 100 * 16)
    }
  }

  @Test(
    "entries are replaced of pruned weights only, in CSR and not of trained networks",
    arguments: [
      [], ["--sparsity", "0.5", "--strategy", "neuron"], ["--sparsity", "0.5", "--format", "dense"],
      ["--sparsity", "0.5", "--trained"],
    ])
  func noRegrowth(options: [String]) throws {
    let folder = try TemporaryFolder()
    let outcome = try Tool.run(["bench", "step", "--regrow", "random"] + options, in: folder.path)
    #expect(outcome.exitCode == 64 && outcome.output.isEmpty)
    #expect(outcome.errors.contains("--regrow random: "))
  }

  @Test("products in CSR are measured in the published shapes", .needs(.openCL))
  func sparse() throws {
    let folder = try TemporaryFolder()
    let outcome = try Tool.run(
      ["bench", "sparse", "--sparsity", "0.99", "--rounds", "1", "--json"], in: folder.path)
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    let report = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
    let results = try #require(report?["results"] as? [[String: Any]])
    #expect(results.count == 6)
    #expect(results.allSatisfy { ($0["gflops"] as? Double ?? 0) > 0 })
    let refused = try Tool.run(["bench", "sparse", "--sparsity", "1"], in: folder.path)
    #expect(refused.exitCode == 64 && refused.errors.contains("--sparsity 1.0: expected"))
  }

  @Test("a network that there is not is refused with those that there are")
  func unknown() throws {
    let folder = try TemporaryFolder()
    let outcome = try Tool.run(["bench", "step", "--network", "lenet5"], in: folder.path)
    #expect(outcome.exitCode == 64 && outcome.output.isEmpty)
    #expect(outcome.errors.contains("'lenet5'") && outcome.errors.contains("lenet-5"))
  }
}
