import Foundation
import Reports
import Testing

/// Studies are compared at what they have in common, with networks that were trained, and differences are named.
@Suite("Several studies side by side")
struct ComparisonTests {
  /// Two studies, the second with half the entries and a test accuracy of its own at 90%.
  private func pair(
    _ change: (StudyFixture) -> Void = { _ in }
  ) throws -> (first: StudyFixture, second: StudyFixture, comparison: Comparison) {
    let (first, second) = (try StudyFixture(), try StudyFixture())
    (first.name, second.name) = ("constant", "gradual")
    for fixture in [first, second] { fixture.strategies = ["weight"] }
    second.params = 5000
    second.falls = [0.9: 0.978]
    change(second)
    return (
      first, second, Comparison([try first.write().results(), try second.write().results()])
    )
  }

  @Test("the best network within a limit, none where none fits, equal sparsities only at equal sparsity")
  func best() throws {
    let (first, _, comparison) = try pair()
    let (constant, gradual) = (comparison.curves[0], comparison.curves[1])
    #expect(comparison.curves.map(\.label) == ["constant", "gradual"])
    #expect(gradual.best(.sparsity, within: 0.9)?.spread(\.testAccuracy)?.mean == 0.978)
    #expect(gradual.best(.sparsity, within: 0.8)?.sparsity == nil)
    // 1,000 entries: the second study's network at 90% has 500, and that at 50% has 2,500.
    #expect(
      constant.best(.parameters, within: 1000)?.spread(\.testAccuracy)?.mean
        == first.accuracy("weight", 0.9, 1))
    #expect(gradual.best(.parameters, within: 1000)?.spread(\.testAccuracy)?.mean == 0.978)
    #expect(
      gradual.best(.parameters, within: 2500)?.spread(\.testAccuracy)?.mean
        == first.accuracy("weight", 0.5, 1))
    #expect(gradual.best(.parameters, within: 49)?.sparsity == nil)
    // A count that rounding makes larger by less than half a percent is an equal one.
    #expect(gradual.best(.parameters, within: 498)?.spread(\.testAccuracy)?.mean == 0.978)
  }

  @Test("a curve for each strategy of each study, told apart by name, or by folder")
  func labels() throws {
    let (first, second) = (try StudyFixture(), try StudyFixture())
    let comparison = Comparison([try first.write().results(), try second.write().results()])
    #expect(comparison.names == [first.folder.lastPathComponent, second.folder.lastPathComponent])
    #expect(
      comparison.curves.map(\.label)
        == comparison.names.flatMap { ["\($0), weight", "\($0), neuron"] })
  }

  @Test("a study is held against its own controls, at the sizes of its pruned networks")
  func controls() throws {
    let fixture = try StudyFixture()
    fixture.strategies = ["weight"]
    fixture.controls = ["equal_size"]
    let comparison = Comparison([try fixture.write().results()])
    #expect(comparison.curves.map(\.label) == ["made-up, weight", "made-up, weight (equal size)"])
    #expect(ComparisonTable(comparison).text(width: 120).contains("Test accuracy at equal sparsity:"))
  }

  @Test("what differs beside the pruning is named, and what may differ is not")
  func differences() throws {
    let same = try pair()
    #expect(same.comparison.warnings.isEmpty)
    let other = try pair {
      $0.epochs = 9
      $0.layers = [784, 50, 10]
      $0.seeds = [1, 2]
      $0.schedule = ["name": "polynomial"]
    }
    #expect(
      other.comparison.warnings == [
        "The studies differ in more than their pruning: model.layers is 784, 100, 10 in constant, 784, 50, 10 in gradual; "
          + "training.epochs is 6 in constant, 9 in gradual."
      ])
  }

  @Test("times are compared where one device measured them all")
  func devices() throws {
    let (first, second, _) = try pair()
    for (fixture, device) in [(first, "a"), (second, "b")] {
      fixture.measurements = [("train_step_seconds", "0.004"), ("inference_seconds", "0.02")]
      try fixture.write()
      try fixture.write("{\"info\":{\"device\":{\"device\":\"\(device)\"}}}", to: "summary.json")
    }
    let apart = Comparison([try first.results(), try second.results()])
    #expect(apart.quantities == [.sparsity, .parameters, .multiplyAdds])
    #expect(
      apart.warnings == [
        "Their times were measured on different devices and are not compared: device a; device b."
      ])
    try second.write("{\"info\":{\"device\":{\"device\":\"a\"}}}", to: "summary.json")
    let together = Comparison([try first.results(), try second.results()])
    #expect(together.quantities == ComparedQuantity.allCases && together.warnings.isEmpty)
  }

  @Test(
    "the tables: every network, then what each study reaches at equal sparsity and within the first one's sizes"
  )
  func tables() throws {
    let text = ComparisonTable(try pair().comparison).text(width: 120)
    #expect(
      text.contains(
        """
        study     sparsity  test acc.  parameters  multiply-adds  seeds
        ────────  ────────  ─────────  ──────────  ─────────────  ─────
        constant        0%     98.00%      10,000         10,000      1
        """))
    #expect(
      text.contains(
        """
        Test accuracy at equal sparsity:

        sparsity  constant  gradual
        ────────  ────────  ───────
              0%    98.00%   98.00%
             50%    97.90%   97.90%
             90%    97.68%   97.80%
             99%    97.61%   97.61%
        """))
    #expect(
      text.contains(
        """
        The best test accuracy with at most the parameters of constant, and that network's sparsity:

        parameters      constant       gradual
        ──────────  ────────────  ────────────
            10,000   98.00% (0%)   98.00% (0%)
             5,000  97.90% (50%)   98.00% (0%)
             1,000  97.68% (90%)  97.80% (90%)
               100  97.61% (99%)  97.61% (99%)
        """))
  }

  @Test("a plot for each quantity, a curve for each study; and a line of CSV for each of their networks")
  func plots() throws {
    let (_, second, comparison) = try pair()
    let plots = ComparisonPlots(comparison).plots
    #expect(
      plots.map(\.name) == [
        "Comparison_at_equal_Sparsity", "Comparison_at_equal_Parameters", "Comparison_at_equal_Multiply_Adds",
      ])
    #expect(plots.allSatisfy { $0.series.map(\.label) == ["constant", "gradual"] })
    #expect(plots[0].series[1].points.map(\.y.mean)[2] == 0.978)
    let file = second.folder.appendingPathComponent("comparison.csv").path
    try comparison.writeCSV(to: file)
    let lines = try second.read("comparison.csv").split(separator: "\n")
    #expect(lines.count == 9 && lines[0].hasPrefix("study,folder,strategy,sparsity,seeds,test_accuracy,"))
    #expect(lines[7].hasPrefix("gradual,") && lines[7].contains(",weight,0.9,1,0.978,,"))
  }
}
