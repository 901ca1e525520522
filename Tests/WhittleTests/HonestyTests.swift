import Configs
import Files
import Foundation
import StudyFiles
import TestSupport
import Testing

/// Protects people from results that only look like results.
@Suite("Honest results")
struct HonestyTests {
  private let emptiesLayers = "pruning.minimum_survivors=0"

  @Test("runs whose loss is not finite fail by name and epoch, the others finish, and the exit code is 1")
  func notFinite() throws {
    let folder = try TemporaryFolder()
    // So large and so many weights that the logits overflow, except where next to nothing is left of them.
    let hidden = String(repeating: "32, ", count: 14)
    let config = try folder.config(epochs: 2, layers: "[784, \(hidden)10]", sparsities: "[0.5, 0.99]")
    let arguments = [
      "run", config, "--set", #"model.initializer={"name":"normal","std":1000}"#, "--set", emptiesLayers,
    ]
    let outcome = try Tool.run(arguments, in: folder.path)
    #expect(outcome.exitCode == 1)
    let rows = try SummaryRow.read(folder("out/summary.csv"))
    #expect(rows.map(\.status) == [.failed, .failed, .finished, .finished])
    for row in rows.prefix(2) {
      #expect(row.note.hasPrefix("the loss became NaN in epoch 1"))
      #expect(row.testAccuracy.isNaN)
      #expect(outcome.errors.contains("\(row.runName): the loss became NaN in epoch 1"))
      #expect(outcome.output.contains("\(row.runName): FAILED; the loss became NaN in epoch 1"))
    }
    #expect(outcome.errors.hasPrefix("whittle: 2 runs failed: "))
    #expect(outcome.output.contains("results in out"))
    #expect(rows[3].note == (1...14).map { "layer \($0)" }.joined(separator: ", ") + " have no live unit")
    // A failed run is not tried again, and is not forgotten either.
    let again = try Tool.run(arguments, in: folder.path)
    #expect(again.exitCode == 1)
    #expect(!again.output.contains("FAILED"))
    #expect(again.errors == outcome.errors)
  }

  @Test(
    "a collapsed layer and a failed run are among the report's warnings",
    .needs(.gnuplot))
  func report() throws {
    let folder = try TemporaryFolder()
    // Weights so large that the logits overflow, except where next to nothing is left of them.
    let hidden = String(repeating: "32, ", count: 14)
    let config = try folder.config(epochs: 1, layers: "[784, \(hidden)10]", sparsities: "[0.5, 0.99]")
    let initializer = #"model.initializer={"name":"normal","std":1000}"#
    let arguments = ["run", config, "--set", initializer, "--set", emptiesLayers]
    #expect(try Tool.run(arguments, in: folder.path).exitCode == 1)
    let reported = try Tool.run(["report", "out"], in: folder.path)
    #expect(reported.exitCode == 0, "\(reported.errors)")
    let page = try FileSystem.readText(folder("out/report.html"))
    let warnings = try #require(page.firstRange(of: ">Warnings</h2>")).upperBound
    let section = page[warnings...].components(separatedBy: "</section>")[0]
    let rows = try SummaryRow.read(folder("out/summary.csv"))
    #expect(rows.map(\.status) == [.failed, .failed, .finished, .finished])
    for row in rows {
      #expect(!row.note.isEmpty)
      let sparsity = row.sparsity == 0.5 ? "50%" : "99%"
      #expect(section.contains("\(row.strategy.rawValue) \(sparsity), seed 1: \(row.note)"))
    }
  }

  @Test("a collapsed layer is in the summary, in the run's line and under the table")
  func collapse() throws {
    let folder = try TemporaryFolder()
    let config = try folder.config(epochs: 1, sparsities: "[0.99]")
    let outcome = try Tool.run(["run", config, "--set", emptiesLayers], in: folder.path)
    #expect(outcome.exitCode == 0)
    let rows = try SummaryRow.read(folder("out/summary.csv"))
    #expect(rows.map(\.note) == ["", "layer 1 has no live unit"])
    #expect(rows[1].nnz == 320)
    let lines = outcome.output.split(separator: "\n").filter { $0.contains("layer 1 has no live unit") }
    #expect(lines.count == 2)
    #expect(lines.first?.hasPrefix("neuron-s0.99-seed1: done, ") == true)
    #expect(lines.last == "neuron 99%, seed 1: layer 1 has no live unit")
  }
}
