import Foundation
import Reports
import StudyFiles
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
    // What starting a study over removes; a person's own figures have other names.
    #expect((timed + ["Test_Accuracy_Weight_Pruning_2"]).allSatisfy { StudyFolder.isPlot($0 + ".svg") })
    #expect(!StudyFolder.isPlot("Accuracy_vs_Depth.png") && !StudyFolder.isPlot("Accuracy_vs_Parameters.pdf"))
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

  @Test("only whole epochs are marked", arguments: [1, 2, 6, 20, 60, 100])
  func wholeEpochs(last: Int) throws {
    let fixture = try StudyFixture()
    fixture.epochs = last
    let axis = try #require(StudyPlots(try fixture.write().results()).plots.first).x
    let marks = axis.marks(distance: 0.05)
    #expect(marks.allSatisfy { $0.value.rounded() == $0.value && $0.words == String(Int($0.value)) })
    #expect(marks.contains { Int($0.value) == last } && marks.count >= min(last, 5))
  }

  @Test("train and test pictures have the same axes")
  func sharedAxes() throws {
    let fixture = try StudyFixture()
    fixture.trainLead = 0.015
    let plots = StudyPlots(try fixture.write().results()).plots
    for (train, test) in [
      ("Train_Accuracy_Weight_Pruning", "Test_Accuracy_Weight_Pruning"),
      (
        "Training_Accuracy_Comparison_for_different_Pruning_Strategies",
        "Testing_Accuracy_Comparison_for_different_Pruning_Strategies"
      ),
    ] {
      let pair = try [train, test].map { name in try #require(plots.first { $0.name == name }) }
      #expect(pair[0].y.range == pair[1].y.range && pair[0].y.scale == pair[1].y.scale)
      #expect(pair[0].x.range == pair[1].x.range)
    }
  }

  @Test("no text beside a point lies over another or over a point, and close ones are left out")
  func labels() throws {
    let fixture = try StudyFixture()
    fixture.sparsities = [0, 0.25, 0.26, 0.27, 0.28, 0.29, 0.3, 0.5, 0.9, 0.99]
    let plot = try #require(
      StudyPlots(try fixture.write().results()).plots.first { $0.name == "Accuracy_vs_Parameters" })
    for (width, height) in [(980.0, 540.0), (370, 270)] {
      let placed = PointLabels(plot, width: width, height: height).placed
      for (index, label) in placed.enumerated() {
        #expect(!placed[(index + 1)...].contains { $0.box.overlaps(label.box) }, "\(label.text)")
      }
      // The control is the same point of both curves.
      #expect(placed.count { $0.text == "0%" } == 1)
      #expect(placed.count { $0.text == "99%" } == 2)
      #expect(placed.count < 20)
    }
    #expect(plot.script(.files).contains("set label '99%' at "))
  }

  @Test("parameters are those that are multiplied, and the inference plot says for how many images")
  func tradeoffs() throws {
    let fixture = try StudyFixture()
    fixture.theoreticalSpeedup = 25
    fixture.testImages = 10_000
    fixture.measurements = [("inference_seconds", "0.5")]
    let plots = StudyPlots(try fixture.write().results()).plots
    let parameters = try #require(plots.first { $0.name == "Accuracy_vs_Parameters" })
    #expect(parameters.series[0].points.map(\.x) == [400, 400, 400, 400])
    let inference = try #require(plots.first { $0.name == "Accuracy_vs_Inference_Time" })
    #expect(inference.title.contains("10,000 images") && inference.x.label.contains("10,000 images"))
  }

  @Test("a one-shot study's curves begin with its dense training")
  func oneShot() throws {
    let fixture = try StudyFixture()
    fixture.schedule = ["name": "one_shot", "fine_tune_epochs": 0]
    fixture.epochs = 4
    try fixture.writeConfig()
    for strategy in fixture.strategies {
      for sparsity in fixture.sparsities { try fixture.writeMetrics(strategy, sparsity, 1, epochs: 1) }
    }
    try fixture.write(
      StudyFixture.metricsHeader + "\n" + (1...4).map { "\($0),0.1,0.9,0.9,10000,2,1000\n" }.joined(),
      to: "dense/seed1/metrics.csv")
    let results = try fixture.results()
    #expect(results.runs.allSatisfy { $0.isFinished })
    let plot = try #require(StudyPlots(results).plots.first)
    #expect(plot.series.map(\.label) == ["dense training", "0%", "50%", "90%", "99%"])
    #expect(plot.series[0].points.map(\.x) == [1, 2, 3, 4])
    #expect(plot.series[1].points.map(\.x) == [4, 5])
    #expect(Headlines(results).items.contains { $0.value == "8.0 s" && $0.text.contains("dense networks") })
    #expect(StudyTable(results).text(width: .max).contains("dense training, seed 1: 4 epochs"))
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
