import Files
import Foundation
import StudyFiles
import Text

extension StudyResults {
  /// Reads the study in `folder`, finished or not.
  ///
  /// `summary.csv` and each run's `metrics.csv` are read by their column names; either may be missing, not both.
  /// Throws `ReportError` where the folder does not hold a study, `FileFormatError` where a file in it is damaged.
  package init(folder: URL) throws {
    // The dot follows a link, and is not in a file.
    guard FileSystem.exists(folder.path + "/.") else {
      throw ReportError(
        .data, "\(folder.path) is not a folder: name a study's folder, such as runs/quickstart")
    }
    let files = StudyFolder(folder.relativePath)
    let allFolders = Self.runFolders(in: files.runs)
    let hasSummary = FileSystem.exists(files.summaryCSV)
    guard hasSummary || !allFolders.isEmpty else { throw Self.noStudy(in: files) }

    var notes: [String] = []
    let hasConfig = FileSystem.exists(files.config)
    let config = hasConfig ? try JSONValue.read(files.config) : nil
    let planned = PlannedRuns(config)
    let runFolders = allFolders.filter { planned.contains($0.0) }
    if !hasConfig { notes.append("config.json is missing: what was asked for is not known.") }
    let details = FileSystem.exists(files.summaryJSON) ? try JSONValue.read(files.summaryJSON) : nil

    let table = hasSummary ? try CSVTable.read(files.summaryCSV, needing: Self.keyColumns) : nil
    var allRows = try table.map(Self.rows) ?? [:]
    // The table is written now and then; what came of a run is in its folder at once.
    for (key, path) in allFolders where allRows[key] == nil && FileSystem.exists(path + "/result.csv") {
      allRows[key] = try CSVTable.read(path + "/result.csv", needing: Self.keyColumns).rows.first
    }
    let rows = allRows.filter { planned.contains($0.key) }
    let foreign = Set(allRows.keys).union(allFolders.map(\.0)).filter { !planned.contains($0) }
    if !foreign.isEmpty {
      let names = foreign.map(\.name).sorted().joined(separator: "; ")
      notes.append("Left out, since config.json asks for no such run: \(names).")
    }
    if !hasSummary { notes.append("summary.csv is missing: results are the last epochs of metrics.csv.") }
    let measurements =
      FileSystem.exists(files.measurements)
      ? try Self.rows(of: CSVTable.read(files.measurements, needing: Self.keyColumns)) : [:]
    var metrics: [RunKey: [EpochMetrics]] = [:]
    for (key, path) in runFolders where FileSystem.exists(path + "/metrics.csv") {
      metrics[key] = try Self.metrics(of: CSVTable.read(path + "/metrics.csv", needing: ["epoch"]))
    }
    var confusions: [RunKey: ConfusionFile] = [:]
    for (key, path) in runFolders where FileSystem.exists(path + "/confusion.csv") {
      confusions[key] = try ConfusionFile.read(path + "/confusion.csv")
    }
    let withoutCurve = rows.keys.filter { metrics[$0] == nil }.count
    if withoutCurve > 0 {
      notes.append(
        "\(withoutCurve) of \(rows.count) runs have no metrics.csv: they are missing from the curves.")
    }

    let expected = config.flatMap(Self.epochs) ?? metrics.values.compactMap { $0.last?.epoch }.max()
    let runs = try Set(rows.keys).union(metrics.keys).map { key in
      try StudyRun(
        key: key, summary: rows[key], measurement: measurements[key], metrics: metrics[key] ?? [],
        confusion: confusions[key], expectedEpochs: expected)
    }
    guard !runs.isEmpty else {
      throw ReportError(.data, "\(folder.path) has no results yet: no run has completed an epoch")
    }
    self.init(
      folder: folder, config: config, configText: hasConfig ? try FileSystem.readText(files.config) : nil,
      runs: runs,
      denseTrainings: try Self.denseTrainings(
        in: files, planned: planned, epochs: config?["training.epochs"]?.integer),
      notes: notes, summary: details, expectedEpochs: expected, summaryColumns: table?.columns ?? [])
  }

  /// The rows that a finished run's `metrics.csv` has. A one-shot study trains its dense networks for `training.epochs`;
  /// its runs are fine-tuned, or tested once.
  private static func epochs(_ config: JSONValue) -> Int? {
    guard config["pruning.schedule.name"]?.string == "one_shot" else {
      return config["training.epochs"]?.integer
    }
    return max(config["pruning.schedule.fine_tune_epochs"]?.integer ?? 0, 1)
  }

  private static func denseTrainings(
    in folder: StudyFolder, planned: PlannedRuns, epochs: Int?
  ) throws -> [StudyRun] {
    let names = (try? FileSystem.names(in: folder.denseTrainings)) ?? []
    return try names.compactMap { name in
      let path = "\(folder.denseTrainings)/\(name)/metrics.csv"
      guard let match = name.wholeMatch(of: /seed([0-9]+)/), let seed = UInt64(match.1),
        planned.contains(seed: seed), FileSystem.exists(path)
      else { return nil }
      return try StudyRun(
        key: RunKey(strategy: "dense", sparsity: 0, seed: seed), summary: nil,
        metrics: metrics(of: CSVTable.read(path, needing: ["epoch"])), expectedEpochs: epochs)
    }
  }

  /// What a folder named `<strategy>-s<sparsity>-seed<seed>`, or that and `-<control>`, is of; nil for others.
  package static func runKey(folderName: String) -> RunKey? {
    guard let match = folderName.wholeMatch(of: /(.+)-s([0-9.eE-]+)-seed([0-9]+)(?:-([a-z_]+))?/),
      let sparsity = Double(match.2), (0...1).contains(sparsity), let seed = UInt64(match.3)
    else { return nil }
    let control = match.4.map(String.init)
    guard control == nil || RunName(folderName)?.controlText == control else { return nil }
    return RunKey(strategy: String(match.1), sparsity: sparsity, seed: seed, control: control)
  }

  private static func runFolders(in folder: String) -> [(RunKey, String)] {
    let names = (try? FileSystem.names(in: folder)) ?? []
    return names.compactMap { name in runKey(folderName: name).map { ($0, folder + "/" + name) } }
  }

  private static let keyColumns = ["strategy", "sparsity", "seed"]

  private static func rows(of table: CSVTable) throws -> [RunKey: CSVRow] {
    var rows: [RunKey: CSVRow] = [:]
    for row in table.rows {
      let sparsity: Double = try row.value("sparsity")
      guard (0...1).contains(sparsity) else {
        throw row.problem("sparsity is \(sparsity), which is not within 0...1")
      }
      let key = RunKey(
        strategy: try row.value("strategy"), sparsity: sparsity, seed: try row.value("seed"),
        control: row.text("control"))
      if let earlier = rows.updateValue(row, forKey: key) {
        throw row.problem("\(key.name) has a row already on line \(earlier.line)")
      }
    }
    return rows
  }

  private static func metrics(of table: CSVTable) throws -> [EpochMetrics] {
    var last = 0
    return try table.rows.map { row in
      let epoch: Int = try row.value("epoch")
      guard epoch > last else {
        throw row.problem("epoch \(epoch) follows epoch \(last); epochs must ascend")
      }
      last = epoch
      return EpochMetrics(
        epoch: epoch, trainLoss: try row.number("train_loss"),
        trainAccuracy: try row.number("train_accuracy"), testAccuracy: try row.number("test_accuracy"),
        nnz: try row.number("nnz"), seconds: try row.number("seconds"))
    }
  }

  /// The error for a folder that does not hold a study; where studies lie inside it, it names them.
  private static func noStudy(in folder: StudyFolder) -> ReportError {
    let inside = ((try? FileSystem.names(in: folder.path)) ?? []).map { folder.path + "/" + $0 }.filter {
      FileSystem.exists(StudyFolder($0).config) || FileSystem.exists(StudyFolder($0).summaryCSV)
    }
    if inside.isEmpty || FileSystem.exists(folder.config) {
      return ReportError(
        .data,
        "\(folder.path) holds no results: neither summary.csv nor runs/<strategy>-s<sparsity>-seed<seed>; "
          + "'whittle run' makes them")
    }
    return ReportError(
      .data,
      "\(folder.path) is not a study but holds \(inside.count), name one of them: "
        + inside.prefix(8).joined(separator: ", "))
  }
}
