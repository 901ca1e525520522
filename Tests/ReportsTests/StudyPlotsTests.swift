import Foundation
import Reports
import Testing

/// The plots carry the original study's names and show what there is.
@Suite("The plots of a study")
struct StudyPlotsTests {
  @Test("the original's names, and those it lacked")
  func names() throws {
    let fixture = try StudyFixture()
    let plain = StudyPlots(try fixture.write().results()).plots.map(\.name)
    #expect(
      plain == [
        "Train_Accuracy_Weight_Pruning", "Test_Accuracy_Weight_Pruning",
        "Train_Accuracy_Neuron_Pruning", "Test_Accuracy_Neuron_Pruning",
        "Accuracy_vs_Sparsity_for_Weight_Pruning", "Accuracy_vs_Sparsity_for_Neuron_Pruning",
        "Training_Accuracy_Comparison_for_different_Pruning_Strategies",
        "Testing_Accuracy_Comparison_for_different_Pruning_Strategies", "Accuracy_vs_Parameters",
      ])
    fixture.measurements = [("inference_seconds", "0.5")]
    let timed = StudyPlots(try fixture.write().results()).plots.map(\.name)
    #expect(timed == plain + ["Accuracy_vs_Inference_Time"])
  }

  @Test("a study beyond 99% gives the two extreme plots, an unpruned control beside it too")
  func extreme() throws {
    for sparsities in [[0.995, 0.9999], [0, 0.995, 0.9999]] {
      let fixture = try StudyFixture()
      fixture.strategies = ["weight"]
      fixture.sparsities = sparsities
      let names = StudyPlots(try fixture.write().results()).plots.map(\.name)
      #expect(names.starts(with: ["Train_Accuracy_Weight_Pruning_2", "Test_Accuracy_Weight_Pruning_2"]))
      #expect(!names.contains("Train_Accuracy_Weight_Pruning"))
    }
  }

  @Test("sparsities ascend in the key, seeds become means with deviations")
  func series() throws {
    let fixture = try StudyFixture()
    fixture.sparsities = [0.9, 0, 0.5]
    fixture.seeds = [1, 2, 3]
    let plots = StudyPlots(try fixture.write().results()).plots
    let epochs = try #require(plots.first)
    #expect(epochs.series.map(\.label) == ["0%", "50%", "90%"])
    #expect(Set(epochs.series.map(\.colour)).count == 3)
    let last = try #require(epochs.series.first?.points.last?.y)
    #expect(abs(last.mean - 0.991) < 1e-9 && abs((last.deviation ?? 0) - 0.001) < 1e-9)
    #expect(epochs.script(.files).contains("filledcurves"))
    #expect(epochs.title.contains("3 seeds"))
  }

  @Test("an axis spreads accuracies near 100% only where they span much")
  func scales() throws {
    let results = try StudyFixture().write().results()
    func comparison(_ scale: ScaleChoice) throws -> Plot {
      try #require(StudyPlots(results, scale: scale).plots.first { $0.name.hasPrefix("Testing") })
    }
    #expect(try comparison(.auto).y.scale != .linear)
    #expect(try comparison(.linear).y.scale == .linear)
    let weight = try #require(
      StudyPlots(results).plots.first { $0.name == "Accuracy_vs_Sparsity_for_Weight_Pruning" })
    #expect(weight.y.scale == .linear)
  }

  @Test("the page's description tells the result in words")
  func description() throws {
    let plots = StudyPlots(try StudyFixture().write().results()).plots
    let comparison = try #require(plots.first { $0.name.hasPrefix("Testing") })
    #expect(comparison.description.contains("Neuron pruning from 98.00% to 78.40%"))
  }
}
