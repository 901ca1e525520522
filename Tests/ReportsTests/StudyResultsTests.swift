import Files
import Foundation
import Reports
import Testing

/// Studies are read whether or not they are whole, and damage is named.
@Suite("Reading studies")
struct StudyResultsTests {
  @Test("a finished study: order, columns beyond the known, no warnings")
  func finished() throws {
    let fixture = try StudyFixture()
    fixture.strategies = ["neuron", "weight"]
    fixture.extraColumns = [("new_column", "7")]
    fixture.measurements = [("inference_seconds", "0.25")]
    let results = try fixture.write().results()
    #expect(results.strategies == ["weight", "neuron"])
    #expect(results.runs.count == 8)
    #expect(results.runs.map(\.state) == Array(repeating: .finished, count: 8))
    #expect(results.runs.first?.key.name == "weight 0%, seed 1")
    #expect(results.runs.first?.inferenceSeconds == 0.25)
    #expect(results.runs.first?.summary?.text("new_column") == "7")
    #expect(results.warnings.isEmpty)
    #expect(!results.isExtreme)
  }

  @Test("controls are rows and curves of their own, and those that are not trained are missing")
  func controls() throws {
    let fixture = try StudyFixture()
    fixture.strategies = ["weight"]
    fixture.controls = ["new_weights", "equal_size"]
    let results = try fixture.write().results()
    #expect(results.strategies == ["weight", "weight (equal size)", "weight (new weights)"])
    #expect(results.runs.count == 4 + 2 * 3 && results.missing.isEmpty && results.warnings.isEmpty)
    #expect(results.runs.map(\.state) == Array(repeating: .finished, count: 10))
    // Each has the unpruned network in common.
    #expect(results.groups(of: "weight (new weights)").map(\.sparsity) == [0, 0.5, 0.9, 0.99])
    let comparison = try #require(
      StudyPlots(results).plots.first { $0.name.hasPrefix("Testing_Accuracy_Comparison") })
    #expect(comparison.series.map(\.label).contains("Weight (equal size) pruning"))
    #expect(
      StudyPlots(results).plots.map(\.name).contains("Accuracy_vs_Sparsity_for_WeightEqualSize_Pruning"))
    #expect(StudyTable(results).text(width: 100).contains("weight (new weights) 90%"))
    try fixture.writeSummary([
      fixture.summaryRow("weight", 0, 1) + ",", fixture.summaryRow("weight", 0.5, 1) + ",",
      fixture.summaryRow("weight", 0.5, 1) + ",new_weights",
    ])
    for folder in ["0.9-seed1", "0.99-seed1"] {
      for ending in ["", "-new_weights", "-equal_size"] {
        try fixture.remove("runs/weight-s\(folder)\(ending)")
      }
    }
    try fixture.remove("runs/weight-s0.5-seed1-equal_size")
    let begun = try fixture.results()
    #expect(
      begun.missing.filter { $0.sparsity == 0.5 }.map(\.name) == ["weight (equal size) 50%, seed 1"])
  }

  @Test("an unfinished study says what is missing")
  func unfinished() throws {
    let fixture = try StudyFixture()
    try fixture.writeConfig()
    try fixture.writeSummary([fixture.summaryRow("weight", 0, 1), fixture.summaryRow("weight", 0.5, 1)])
    try fixture.writeMetrics("weight", 0, 1, epochs: 6)
    try fixture.writeMetrics("weight", 0.9, 1, epochs: 2)
    let results = try fixture.results()
    #expect(results.runs.map(\.state) == [.finished, .finished, .unfinished(epochs: 2)])
    // The control is one run for both strategies: of the six others one is done, and one has begun.
    #expect(results.missing.count == 5)
    #expect(results.warnings.contains { $0.contains("2 of 7 runs are done, 1 have begun") })
    #expect(results.warnings.contains { $0.contains("1 of 2 runs have no metrics.csv") })
  }

  @Test("networks that only guess are named")
  func guessing() throws {
    let fixture = try StudyFixture()
    fixture.guessesFrom = 0.99
    #expect(
      try fixture.write().results().warnings == [
        "No better than guessing: weight 99%, seed 1 (9.80%); neuron 99%, seed 1 (9.80%)."
      ])
    fixture.layers = [["operation": "linear", "outputs": 10], ["operation": "dropout"]]
    #expect(try fixture.write().results().warnings.count == 1)
  }

  @Test("of many networks that only guess a dozen are named")
  func manyGuessing() throws {
    let fixture = try StudyFixture()
    (fixture.guessesFrom, fixture.strategies, fixture.seeds) = (0.99, ["weight"], Array(1...20))
    let warning = try #require(fixture.write().results().warnings.first)
    #expect(warning.hasSuffix("seed 12 (9.80%); 8 more.") && !warning.contains("seed 13"), "\(warning)")
  }

  @Test("without summary.csv the last epochs count")
  func metricsOnly() throws {
    let fixture = try StudyFixture().write()
    try fixture.remove("summary.csv")
    let results = try fixture.results()
    #expect(results.runs.map(\.state) == Array(repeating: .finished, count: 8))
    let accuracy = try #require(results.runs.last?.testAccuracy)
    #expect(abs(accuracy - fixture.accuracy("neuron", 0.99, 1)) < 1e-9)
  }

  @Test("a control under one strategy's name serves the other")
  func lentControl() throws {
    let fixture = try StudyFixture()
    try fixture.writeConfig()
    try fixture.writeSummary([fixture.summaryRow("weight", 0, 1), fixture.summaryRow("neuron", 0.5, 1)])
    #expect(try fixture.results().groups(of: "neuron").map(\.sparsity) == [0, 0.5])
  }

  @Test("a control that all strategies share has a row of its own, and is in the plots of each")
  func sharedControl() throws {
    let fixture = try StudyFixture()
    fixture.seeds = [1, 2]
    try fixture.write()
    try fixture.writeSummary(
      fixture.seeds.flatMap { seed in
        [("weight", 0), ("weight", 0.5), ("neuron", 0.5)].map { fixture.summaryRow($0.0, $0.1, seed) }
      })
    for seed in fixture.seeds { try fixture.remove("runs/neuron-s0.0-seed\(seed)") }
    let results = try fixture.results()
    let rows = StudyTable(results).text(width: 200).split(separator: "\n").dropFirst(2).map {
      $0.split(separator: " ")[0]
    }
    #expect(rows.first == "none" && rows.count { $0 == "none" } == 1)
    for strategy in ["weight", "neuron"] {
      let control = try #require(results.groups(of: strategy).first)
      #expect(control.sparsity == 0 && control.finished.count == 2)
    }
    // A study of one strategy has no other to share it with.
    fixture.strategies = ["weight"]
    try fixture.writeConfig()
    #expect(!StudyTable(try fixture.results()).text(width: 200).contains("none"))
  }

  @Test("a control that was trained for one strategy and some seeds only is lent for the others")
  func partlyLentControl() throws {
    let fixture = try StudyFixture()
    fixture.seeds = [1, 2]
    try fixture.writeConfig()
    try fixture.writeSummary([
      fixture.summaryRow("weight", 0, 1), fixture.summaryRow("weight", 0, 2),
      fixture.summaryRow("neuron", 0, 1),
      fixture.summaryRow("neuron", 0.5, 1),
    ])
    let control = try #require(try fixture.results().groups(of: "neuron").first)
    #expect(control.runs.map(\.key.strategy).sorted() == ["neuron", "weight"])
    #expect(Set(control.runs.map(\.key.seed)) == [1, 2])
  }

  @Test("rows and folders that are not the config's are left out, and named")
  func foreign() throws {
    let fixture = try StudyFixture().write()
    fixture.strategies = ["weight"]
    fixture.sparsities = [0, 0.5]
    try fixture.writeConfig()
    try fixture.writeMetrics("weight", 0.5, 7, epochs: 3)
    let results = try fixture.results()
    #expect(results.runs.map(\.key.name) == ["weight 0%, seed 1", "weight 50%, seed 1"])
    let warning = try #require(results.warnings.first)
    #expect(warning.hasPrefix("Left out, since config.json asks for no such run: neuron 0%, seed 1; "))
    #expect(warning.contains("weight 50%, seed 7"))
  }

  @Test("dense trainings of other seeds than the config's are left out")
  func foreignDenseTraining() throws {
    let fixture = try StudyFixture().write()
    for seed in [1, 7] {
      try fixture.write(
        StudyFixture.metricsHeader + "\n1,0.1,0.9,0.9,10000,2,1000\n", to: "dense/seed\(seed)/metrics.csv")
    }
    #expect(try fixture.results().denseTrainings.map(\.key.seed) == [1])
  }

  @Test("a network that is cut through multiplies nothing, and is left out where an axis has no place for 0")
  func cutThrough() throws {
    let fixture = try StudyFixture()
    fixture.theoreticalSpeedup = Double.nan
    let results = try fixture.write().results()
    #expect(results.runs.allSatisfy { $0.multiplied == 0 })
    #expect(!StudyPlots(results).plots.contains { $0.name == "Accuracy_vs_Parameters" })
  }

  @Test("seeds and sparsities are exact from the config to the table")
  func exactKeys() throws {
    let fixture = try StudyFixture()
    fixture.strategies = ["weight"]
    fixture.sparsities = [0.5, 0.5000000001]
    let results = try fixture.write().results()
    #expect(results.runs.map(\.key.name) == ["weight 50%, seed 1", "weight 50.00000001%, seed 1"])
    let seed = "18446744073709551615"
    let config = try fixture.read("config.json").replacing(
      /"seeds" *: *\[\s*1\s*\]/, with: "\"seeds\": [\(seed)]")
    try fixture.write(config, to: "config.json")
    try fixture.writeSummary([
      fixture.summaryRow("weight", 0.5, 1).replacing(",1,", with: ",\(seed),", maxReplacements: 1)
    ])
    let large = try fixture.results()
    #expect(large.seeds == [.max])
    #expect(large.missing.map(\.name) == ["weight 50.00000001%, seed \(seed)"])
  }

  @Test("NaN rows stop a run and stay out of the means")
  func notANumber() throws {
    let fixture = try StudyFixture()
    fixture.seeds = [1, 2]
    try fixture.write()
    try fixture.writeSummary([
      fixture.summaryRow("weight", 0.5, 1), "weight,0.5,2,nan,nan,5000,10000,5000,2,2,1",
    ])
    try fixture.write(
      StudyFixture.metricsHeader + "\n1,nan,0.1,0.1,5000,1,1\n2,nan,nan,nan,5000,1,1\n",
      to: "runs/weight-s0.5-seed2/metrics.csv")
    let results = try fixture.results()
    let group = try #require(results.groups(of: "weight").first { $0.sparsity == 0.5 })
    #expect(group.spread(\.testAccuracy)?.count == 1)
    #expect(group.curve(\.testAccuracy).count == 6)
    #expect(results.warnings.contains { $0.contains("weight 50%, seed 2 (no accuracy)") })
  }

  @Test("a curve covers the epochs that all seeds reached")
  func curves() throws {
    let fixture = try StudyFixture()
    fixture.seeds = [1, 2]
    try fixture.writeConfig()
    try fixture.writeMetrics("weight", 0.5, 1, epochs: 5)
    try fixture.writeMetrics("weight", 0.5, 2, epochs: 3)
    let group = try #require(try fixture.results().groups(of: "weight").first)
    #expect(group.curve(\.testAccuracy).map(\.epoch) == [1, 2, 3])
    #expect(group.curve(\.testAccuracy).allSatisfy { $0.spread.count == 2 })
  }

  @Test(
    "folder names of runs",
    arguments: [
      ("weight-s0.5-seed1", "weight 50%, seed 1"), ("a-s-b-s0-seed12", "a-s-b 0%, seed 12"),
      ("weight-s1e-05-seed3", "weight 0.001%, seed 3"),
    ])
  func runNames(folder: String, name: String) {
    #expect(StudyResults.runKey(folderName: folder)?.name == name)
    #expect(StudyResults.runKey(folderName: "weight-s50-seed1") == nil)
    #expect(StudyResults.runKey(folderName: "lost+found") == nil)
  }

  @Test(
    "damage is named with file and line",
    arguments: [
      ("summary.csv", "strategy,sparsity\nweight,0\n", "summary.csv: has no column seed"),
      ("summary.csv", StudyFixture.summaryHeader + "\nweight,0.5\n", "summary.csv: line 2 has 2 cells"),
      (
        "summary.csv", "strategy,sparsity,seed,test_accuracy\nweight,0,1,high\n",
        "summary.csv: line 2: test_accuracy is \"high\""
      ),
      ("summary.csv", "strategy,sparsity,seed\nweight,50,1\n", "summary.csv: line 2: sparsity is 50.0"),
      (
        "summary.csv", "strategy,sparsity,seed\nweight,0,1\nweight,0.0,1\n",
        "summary.csv: line 3: weight 0%, seed 1 has a row already on line 2"
      ),
      (
        "runs/weight-s0.5-seed1/metrics.csv", "epoch,test_accuracy\n1,0.5\n1,0.6\n",
        "metrics.csv: line 3: epoch 1 follows epoch 1"
      ),
      ("config.json", "{\"name\": ", "config.json: not valid JSON"),
      ("summary.json", "[1,", "summary.json: not valid JSON"),
    ])
  func damage(path: String, text: String, message: String) throws {
    let fixture = try StudyFixture().write()
    try fixture.write(text, to: path)
    let error = #expect(throws: FileFormatError.self) { try fixture.results() }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
  }

  @Test("other folders than studies say what to do")
  func noStudy() throws {
    let fixture = try StudyFixture()
    let empty = #expect(throws: ReportError.self) { try fixture.results() }
    #expect(empty?.description.contains("'whittle run'") == true)
    try fixture.write("{}", to: "one/config.json")
    let parent = #expect(throws: ReportError.self) { try fixture.results() }
    #expect(parent?.description.contains("is not a study but holds 1, name one of them: ") == true)
    let absent = fixture.folder.appendingPathComponent("absent")
    let missing = #expect(throws: ReportError.self) { try StudyResults(folder: absent) }
    #expect(missing?.description.contains("is not a folder") == true)
  }
}
