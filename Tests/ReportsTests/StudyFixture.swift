import Foundation
import Reports
import TestSupport

/// A study's folder with made-up results, removed when the test lets go of it.
final class StudyFixture {
  private let temporary: TemporaryFolder
  let folder: URL
  var name = "made-up"
  var strategies = ["weight", "neuron"]
  var sparsities = [0, 0.5, 0.9, 0.99]
  var seeds = [1]
  /// What each pruned run is held against.
  var controls: [String] = []
  var epochs = 6
  /// Columns of the summary beyond those it starts with, each with its value.
  var extraColumns: [(name: String, value: String)] = []
  /// Columns of `measurements.csv`, each with its value; none for a study that was not measured.
  var measurements: [(name: String, value: String)] = []
  /// What the config says that the study is about.
  var description: String?
  /// That of every row; nil where nothing but pruned entries is left out.
  var theoreticalSpeedup: Double?
  /// Entries of the dense network.
  var params = 10_000
  var schedule: [String: Any] = ["name": "constant"]
  /// What `summary.json` says of the test set.
  var testImages: Int?
  var accuracyMode = "epoch"
  var trainableLayers = "all"
  var layers: [Any] = [784, 100, 10]
  /// The sparsity from which on networks only guess, and how often they are right.
  var guessesFrom = 1.0
  var guess = 0.098
  /// How far train accuracies lie above test accuracies.
  var trainLead = 0.01
  /// Epochs before the last one in which nothing was pruned yet, with accuracies a point higher.
  var denseEpochs = 0
  /// Sparsities with an accuracy of their own.
  var falls: [Double: Double] = [:]

  init() throws {
    temporary = try TemporaryFolder()
    folder = temporary.url
  }

  static let summaryHeader =
    "strategy,sparsity,seed,train_accuracy,test_accuracy,nnz,params,macs,compression_ratio,"
    + "theoretical_speedup,seconds"
  static let metricsHeader =
    "epoch,train_loss,train_accuracy,test_accuracy,nnz,seconds,images_per_second"

  /// Accuracy falls with sparsity, for neurons faster, and differs by a tenth of a point between seeds.
  func accuracy(_ strategy: String, _ sparsity: Double, _ seed: Int) -> Double {
    sparsity >= guessesFrom
      ? guess
      : falls[sparsity] ?? 0.98 - (strategy == "neuron" ? 0.2 : 0.004) * sparsity * sparsity + 0.001
        * Double(seed - 1)
  }

  /// Writes every file of a finished study.
  @discardableResult
  func write() throws -> StudyFixture {
    try writeConfig()
    var rows: [String] = []
    for strategy in strategies {
      for sparsity in sparsities {
        for seed in seeds {
          try writeMetrics(strategy, sparsity, seed, epochs: epochs)
          rows.append(summaryRow(strategy, sparsity, seed) + (controls.isEmpty ? "" : ","))
          for control in controls where sparsity > 0 {
            try writeMetrics(strategy, sparsity, seed, epochs: epochs, ending: "-\(control)")
            rows.append(summaryRow(strategy, sparsity, seed) + ",\(control)")
          }
        }
      }
    }
    try writeSummary(rows)
    if !measurements.isEmpty { try writeMeasurements() }
    if let testImages { try write("{\"info\":{\"test_images\":\(testImages)}}", to: "summary.json") }
    return self
  }

  func summaryRow(_ strategy: String, _ sparsity: Double, _ seed: Int) -> String {
    let test = accuracy(strategy, sparsity, seed)
    let nnz = Int(((1 - sparsity) * Double(params)).rounded())
    let ratio = Double(params) / Double(nnz)
    let base =
      "\(strategy),\(sparsity),\(seed),\(test + trainLead),\(test),\(nnz),\(params),\(params),\(ratio),"
      + "\(theoreticalSpeedup ?? ratio),\(strategy == "weight" ? 20 : 10)"
    return base + extraColumns.map { "," + $0.value }.joined()
  }

  func writeSummary(_ rows: [String]) throws {
    let header =
      Self.summaryHeader + extraColumns.map { "," + $0.name }.joined() + (controls.isEmpty ? "" : ",control")
    try write(([header] + rows).joined(separator: "\n") + "\n", to: "summary.csv")
  }

  private func writeMeasurements() throws {
    let values = measurements.map(\.value).joined(separator: ",")
    let rows = strategies.flatMap { strategy in
      sparsities.flatMap { sparsity in seeds.map { "\(strategy),\(sparsity),\($0),\(values)" } }
    }
    let header = "strategy,sparsity,seed," + measurements.map(\.name).joined(separator: ",")
    try write(([header] + rows).joined(separator: "\n") + "\n", to: "measurements.csv")
  }

  func writeMetrics(_ strategy: String, _ sparsity: Double, _ seed: Int, epochs: Int, ending: String = "")
    throws
  {
    let last = accuracy(strategy, sparsity, seed)
    let rows = (1...epochs).map { epoch in
      let isDense = epoch <= denseEpochs
      let test = isDense ? last + 0.01 : epoch == epochs ? last : last - 0.3 / Double(epoch)
      let nnz = isDense ? params : Int((1 - sparsity) * Double(params))
      return "\(epoch),0.1,\(test + trainLead),\(test),\(nnz),1.5,1000"
    }
    try write(
      ([Self.metricsHeader] + rows).joined(separator: "\n") + "\n",
      to: "runs/\(strategy)-s\(sparsity)-seed\(seed)\(ending)/metrics.csv")
  }

  func writeConfig() throws {
    var config: [String: Any] = [
      "name": name, "dataset": ["name": "synthetic-digits"],
      "model": ["layers": layers, "initializer": "he_normal"],
      "training": [
        "epochs": epochs, "batch_size": 256, "seeds": seeds, "trainable_layers": trainableLayers,
      ],
      "metrics": ["accuracy": accuracyMode],
      "pruning": [
        "strategies": strategies, "sparsities": sparsities, "criterion": "magnitude", "scope": "layer",
        "schedule": schedule, "controls": controls,
      ],
    ]
    config["description"] = description
    let data = try JSONSerialization.data(withJSONObject: config, options: [.sortedKeys, .prettyPrinted])
    try data.write(to: folder.appendingPathComponent("config.json"))
  }

  func write(_ text: String, to path: String) throws {
    let file = folder.appendingPathComponent(path)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
  }

  func remove(_ path: String) throws {
    try FileManager.default.removeItem(at: folder.appendingPathComponent(path))
  }

  func read(_ path: String) throws -> String {
    try String(contentsOf: folder.appendingPathComponent(path), encoding: .utf8)
  }

  func results() throws -> StudyResults { try StudyResults(folder: folder) }
}
