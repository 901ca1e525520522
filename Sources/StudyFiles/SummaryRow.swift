import Configs
import Files
import Text

/// What came of a run: a line of `summary.csv` and an entry of `summary.json`.
///
/// `seconds` is measured; everything else is the same whenever the study is repeated on the same device.
package struct SummaryRow: Equatable, Sendable {
  package enum Status: String, Sendable {
    case finished
    /// Stopped by what `note` says; the accuracies are those of its last epoch, or NaN.
    case failed
  }

  package var strategy: PruningConfig.Strategy
  package var sparsity: Double
  package var seed: UInt64
  package var trainAccuracy: Double
  package var testAccuracy: Double
  package var nnz: Int
  package var params: Int
  package var macs: Int
  package var compressionRatio: Double
  package var theoreticalSpeedup: Double
  package var seconds: Double
  package var status: Status
  /// A line for people: a collapsed layer, the reason of a failure; often empty.
  package var note: String
  /// What ranked the candidates of its pruning, and how its sparsity was shared out: the same in all rows of a study, and
  /// there for tables of several.
  package var criterion: CriterionName
  package var scope: ScopeName
  /// What the pruned run of this strategy, sparsity and seed is held against; nil for that run.
  package var control: PruningConfig.Control?
  /// The device that it was trained on, with its driver; empty where that is not known.
  package var device: String

  package init(
    strategy: PruningConfig.Strategy, sparsity: Double, seed: UInt64, trainAccuracy: Double,
    testAccuracy: Double,
    nnz: Int, params: Int, macs: Int, compressionRatio: Double, theoreticalSpeedup: Double, seconds: Double,
    status: Status = .finished, note: String = "", criterion: CriterionName = .standard,
    scope: ScopeName = .standard, control: PruningConfig.Control? = nil, device: String = ""
  ) {
    self.strategy = strategy
    self.sparsity = sparsity
    self.seed = seed
    self.trainAccuracy = trainAccuracy
    self.testAccuracy = testAccuracy
    self.nnz = nnz
    self.params = params
    self.macs = macs
    self.compressionRatio = compressionRatio
    self.theoreticalSpeedup = theoreticalSpeedup
    self.seconds = seconds
    self.status = status
    self.note = note
    self.criterion = criterion
    self.scope = scope
    self.control = control
    self.device = device
  }

  package var runName: RunName {
    RunName(strategy: strategy, sparsity: sparsity, seed: seed, control: control)
  }

  /// The columns and their values; both files are written from these.
  package var members: [(column: String, value: JSONValue)] {
    [
      ("strategy", .string(strategy.rawValue)), ("sparsity", .number(runName.sparsityText)),
      ("seed", JSONValue(seed)),
      ("train_accuracy", JSONValue(trainAccuracy)), ("test_accuracy", JSONValue(testAccuracy)),
      ("nnz", JSONValue(nnz)), ("params", JSONValue(params)), ("macs", JSONValue(macs)),
      ("compression_ratio", JSONValue(compressionRatio)),
      ("theoretical_speedup", JSONValue(theoreticalSpeedup)), ("seconds", JSONValue(seconds)),
      ("status", .string(status.rawValue)), ("note", .string(note)),
      ("criterion", .string(criterion.rawValue)), ("scope", .string(scope.rawValue)),
      ("control", .string(runName.controlText)), ("device", .string(device)),
    ]
  }

  package static let columns = firstColumns + ["criterion", "scope", "control", "device"]

  /// The columns that there always were.
  private static let firstColumns = [
    "strategy", "sparsity", "seed", "train_accuracy", "test_accuracy", "nnz", "params", "macs",
    "compression_ratio", "theoretical_speedup", "seconds", "status", "note",
  ]
}

extension SummaryRow {
  private var cells: [String] {
    members.map { member in
      switch member.value {
      case .string(let text): text
      case .number(let literal): literal
      // A number that JSON cannot say; both kinds mean 'no such number'.
      default: "nan"
      }
    }
  }

  /// Writes `summary.csv`, atomically.
  ///
  /// - Throws: `FileError`.
  package static func write(_ rows: [SummaryRow], to path: String) throws {
    try AtomicFile.write(CSVTable.text(columns: columns, rows: rows.map(\.cells)), to: path)
  }

  /// Reads `summary.csv`; columns that this version does not know are skipped, and a table from before there was a choice
  /// has the criterion and the scope that there were.
  ///
  /// - Throws: `FileError`; `FileFormatError`.
  package static func read(_ path: String) throws -> [SummaryRow] {
    try CSVTable.read(path, needing: firstColumns).rows.map { row in
      let strategy: String = try row.value("strategy")
      let status: String = try row.value("status")
      guard let strategy = PruningConfig.Strategy(rawValue: strategy), let status = Status(rawValue: status)
      else {
        throw row.problem("unknown strategy \"\(Excerpt.of(strategy))\" or status \"\(Excerpt.of(status))\"")
      }
      return SummaryRow(
        strategy: strategy, sparsity: try row.value("sparsity"), seed: try row.value("seed"),
        trainAccuracy: try row.value("train_accuracy"), testAccuracy: try row.value("test_accuracy"),
        nnz: try row.value("nnz"), params: try row.value("params"), macs: try row.value("macs"),
        compressionRatio: try row.value("compression_ratio"),
        theoreticalSpeedup: try row.value("theoretical_speedup"), seconds: try row.value("seconds"),
        status: status, note: try row.value("note"), criterion: try row.name("criterion"),
        scope: try row.name("scope"), control: try row.control(), device: row.text("device") ?? "")
    }
  }

  /// The rows in the order of these runs, each run's last one, and none of others.
  package static func ordered(_ rows: [SummaryRow], by runs: [RunName]) -> [SummaryRow] {
    let byName = Dictionary(rows.map { ($0.runName, $0) }) { _, last in last }
    return runs.compactMap { byName[$0] }
  }

  /// Writes `summary.json`: the rows under `runs`, and what else is known about the study (device, versions) under
  /// `info`.
  ///
  /// - Throws: `FileError`.
  package static func writeJSON(_ rows: [SummaryRow], info: JSONObject, to path: String) throws {
    let runs = rows.map { JSONValue.object(JSONObject($0.members.map { ($0.column, $0.value) })) }
    let json = JSONValue.object(JSONObject([("info", .object(info)), ("runs", .array(runs))]))
    try AtomicFile.write(json.pretty, to: path)
  }

  /// The `info` of a `summary.json`.
  ///
  /// - Throws: `FileError`; `FileFormatError`.
  package static func readInfo(_ path: String) throws -> JSONObject {
    if case .object(let object) = try JSONValue.read(path), case .object(let info)? = object["info"] {
      return info
    }
    throw FileFormatError(path, "has no object \"info\"")
  }
}

extension CSVRow {
  /// The control that a run's row is of; nil for that of none, and in a table from before there were any.
  func control() throws -> PruningConfig.Control? {
    guard let text = text("control") else { return nil }
    guard let control = PruningConfig.Control(rawValue: text) else {
      throw problem("unknown control \"\(Excerpt.of(text))\"")
    }
    return control
  }

  /// The name in a cell; the first one that there is where the table has no such column.
  fileprivate func name<Name: ConfigName>(_ column: String) throws -> Name {
    guard let text = text(column) else { return Name.allCases[0] }
    guard let name = Name(rawValue: text) else { throw problem("unknown \(column) \"\(Excerpt.of(text))\"") }
    return name
  }
}
