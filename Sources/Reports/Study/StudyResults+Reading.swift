import Foundation

extension StudyResults {
  /// Reads the study in `folder`, finished or not.
  ///
  /// `summary.csv` and each run's `metrics.csv` are read by their column names; either may be missing, not both.
  /// Throws `ReportError` where the folder is no study or a file in it is damaged.
  package init(folder: URL) throws {
    guard StudyFiles.isFolder(folder) else {
      throw ReportError(
        .data, "\(folder.path) is not a folder: name a study's folder, such as runs/quickstart")
    }
    let configURL = folder.appendingPathComponent("config.json")
    let summaryURL = folder.appendingPathComponent("summary.csv")
    let detailsURL = folder.appendingPathComponent("summary.json")
    let runFolders = Self.runFolders(in: folder.appendingPathComponent("runs"))
    let hasSummary = StudyFiles.isFile(summaryURL)
    guard hasSummary || !runFolders.isEmpty else { throw Self.noStudy(in: folder) }

    var notes: [String] = []
    let hasConfig = StudyFiles.isFile(configURL)
    let config = hasConfig ? try StudyFiles.json(of: configURL) : nil
    if !hasConfig { notes.append("config.json is missing: what was asked for is not known.") }
    let details = StudyFiles.isFile(detailsURL) ? try StudyFiles.json(of: detailsURL) : nil

    let table = hasSummary ? try CSVTable(contentsOf: summaryURL) : nil
    let rows = try table.map(Self.rows) ?? [:]
    if !hasSummary { notes.append("summary.csv is missing: results are the last epochs of metrics.csv.") }
    let measurementsURL = folder.appendingPathComponent("measurements.csv")
    let measurements =
      StudyFiles.isFile(measurementsURL) ? try Self.rows(of: CSVTable(contentsOf: measurementsURL)) : [:]
    var metrics: [RunKey: [EpochMetrics]] = [:]
    for (key, url) in runFolders {
      let file = url.appendingPathComponent("metrics.csv")
      if StudyFiles.isFile(file) { metrics[key] = try Self.metrics(of: CSVTable(contentsOf: file)) }
    }
    let withoutCurve = rows.keys.filter { metrics[$0] == nil }.count
    if withoutCurve > 0 {
      notes.append(
        "\(withoutCurve) of \(rows.count) runs have no metrics.csv: they are missing from the curves.")
    }

    let expected =
      config?["training.epochs"]?.integer ?? metrics.values.compactMap { $0.last?.epoch }.max()
    let runs = try Set(rows.keys).union(metrics.keys).map { key in
      try StudyRun(
        key: key, summary: rows[key], measurement: measurements[key], metrics: metrics[key] ?? [],
        expectedEpochs: expected)
    }
    guard !runs.isEmpty else {
      throw ReportError(.data, "\(folder.path) has no results yet: no run has completed an epoch")
    }
    self.init(
      folder: folder, config: config, configText: hasConfig ? try StudyFiles.text(of: configURL) : nil,
      runs: runs, notes: notes, summary: details, expectedEpochs: expected,
      summaryColumns: table?.columns ?? [])
  }

  /// `strategy`, `sparsity` and `seed` of a folder named `<strategy>-s<sparsity>-seed<seed>`; nil for others.
  package static func runKey(folderName: String) -> RunKey? {
    guard let match = folderName.wholeMatch(of: /(.+)-s([0-9.eE-]+)-seed([0-9]+)/),
      let sparsity = Double(match.2), (0...1).contains(sparsity), let seed = Int(match.3)
    else { return nil }
    return RunKey(strategy: String(match.1), sparsity: sparsity, seed: seed)
  }

  private static func runFolders(in folder: URL) -> [(RunKey, URL)] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.sorted().compactMap { name in
      runKey(folderName: name).map { ($0, folder.appendingPathComponent(name)) }
    }
  }

  private static func rows(of table: CSVTable) throws -> [RunKey: CSVRow] {
    try table.require(["strategy", "sparsity", "seed"])
    var rows: [RunKey: CSVRow] = [:]
    for row in table.rows {
      let sparsity = try row.required("sparsity", row.number("sparsity"))
      guard (0...1).contains(sparsity) else {
        throw ReportError(
          .data, "\(row.file), line \(row.line): sparsity is \(sparsity), which is not within 0...1")
      }
      let key = RunKey(
        strategy: try row.required("strategy", row.text("strategy")), sparsity: sparsity,
        seed: try row.required("seed", row.integer("seed")))
      if let earlier = rows.updateValue(row, forKey: key) {
        throw ReportError(
          .data, "\(row.file), line \(row.line): \(key.name) has a row already on line \(earlier.line)")
      }
    }
    return rows
  }

  private static func metrics(of table: CSVTable) throws -> [EpochMetrics] {
    try table.require(["epoch"])
    var last = 0
    return try table.rows.map { row in
      let epoch = try row.required("epoch", row.integer("epoch"))
      guard epoch > last else {
        throw ReportError(
          .data, "\(row.file), line \(row.line): epoch \(epoch) follows epoch \(last); epochs must ascend")
      }
      last = epoch
      return EpochMetrics(
        epoch: epoch, trainLoss: try row.number("train_loss"),
        trainAccuracy: try row.number("train_accuracy"), testAccuracy: try row.number("test_accuracy"),
        nnz: try row.number("nnz"), seconds: try row.number("seconds"))
    }
  }

  /// The error for a folder that is no study; where studies lie inside it, it names them.
  private static func noStudy(in folder: URL) -> ReportError {
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()
    let inside = names.filter { name in
      let study = folder.appendingPathComponent(name)
      return StudyFiles.isFile(study.appendingPathComponent("config.json"))
        || StudyFiles.isFile(study.appendingPathComponent("summary.csv"))
    }
    if inside.isEmpty || StudyFiles.isFile(folder.appendingPathComponent("config.json")) {
      return ReportError(
        .data,
        "\(folder.path) holds no results: neither summary.csv nor runs/<strategy>-s<sparsity>-seed<seed>; "
          + "'whittle run' makes them")
    }
    return ReportError(
      .data,
      "\(folder.path) is not a study but holds \(inside.count), name one of them: "
        + inside.prefix(8).map { folder.appendingPathComponent($0).relativePath }.joined(separator: ", "))
  }
}
