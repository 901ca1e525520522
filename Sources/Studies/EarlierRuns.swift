import Configs
import Files
import GraphExec
import StudyFiles
import Text

/// What a study finds in its folder: nothing, or a beginning of itself that it goes on with.
struct EarlierRuns {
  /// The rows of runs that are done, in the order of `runs`.
  let rows: [SummaryRow]
  /// All runs of the config, a control under the names that it already has.
  let runs: [RunName]

  /// Looks at the folder, and refuses what this study cannot go on from.
  ///
  /// - Parameter retry: whether runs that failed are run again.
  /// - Throws: `ConfigChanged`; `FileError`, `FileFormatError`.
  init(
    in folder: StudyFolder, of config: StudyConfig, digest: String, device: BackendSummary, retry: Bool,
    warning: (String) -> Void
  ) throws {
    guard FileSystem.exists(folder.config) else {
      guard try !FileSystem.exists(folder.summaryCSV) && !folder.holdsRuns() else {
        throw FileFormatError(
          folder.path,
          "holds results, but no config.json that tells of what; choose another folder with --output")
      }
      try FileSystem.remove(folder.summaryJSON)
      (rows, runs) = ([], config.runs)
      return
    }
    let earlier = try StudyConfig.load(path: folder.config)
    try Self.check(config, since: earlier, in: folder, digest: digest, device: device, warning: warning)
    var rows = try folder.completing(
      Self.table(folder.summaryCSV, warning: warning),
      for: config.runs.flatMap { $0.sparsity == 0 ? Self.names(ofControl: $0) : [$0] }, warning: warning)
    runs = Self.runs(of: config, rows: rows, in: folder)
    rows = SummaryRow.ordered(rows, by: runs).filter { !(retry && $0.status == .failed) }
    if config.runEpochs != earlier.runEpochs {
      // Their networks will be others; a run that failed does not come further with more epochs.
      rows = rows.filter { $0.status == .failed }
      try FileSystem.remove(folder.measurements)
    }
    self.rows = try rows.filter { row in
      let run = folder.run(row.runName)
      guard row.status == .finished else { return true }
      let kept = config.keptStep(of: row.runName, in: run)
      if let missing = [run.model, run.metrics, kept?.path].compactMap(\.self).first(where: {
        !FileSystem.exists($0)
      }) {
        warning("\(missing) is gone; its run is trained again")
        return false
      }
      return try run.isWhole(warning: warning)
    }
  }

  /// Looks at the folder of a study that others are at work on, whose runs are in order.
  ///
  /// - Returns: nil where the config asks for other runs, or other epochs, than they train.
  /// - Throws: `ConfigChanged`; `FileError`, `FileFormatError`.
  init?(
    joining folder: StudyFolder, of config: StudyConfig, digest: String, device: BackendSummary,
    warning: (String) -> Void
  ) throws {
    let earlier = try StudyConfig.load(path: folder.config)
    try Self.check(
      config, since: earlier, in: folder, digest: digest, device: device, isShared: true, warning: warning)
    let all = try Self.table(folder.summaryCSV, warning: warning)
    runs = Self.runs(of: config, rows: all, in: folder)
    rows = SummaryRow.ordered(all, by: runs)
    guard config.runs == earlier.runs, config.runEpochs == earlier.runEpochs else { return nil }
  }

  /// The runs of a config, those without pruning under the names that they already have.
  private static func runs(of config: StudyConfig, rows: [SummaryRow], in folder: StudyFolder) -> [RunName] {
    let controls = rows.filter { $0.sparsity == 0 }
    return config.runs.flatMap { $0.sparsity == 0 ? Self.controls($0, rows: controls, in: folder) : [$0] }
  }

  private static func names(ofControl run: RunName) -> [RunName] {
    PruningConfig.Strategy.allCases.map { RunName(strategy: $0, sparsity: 0, seed: run.seed) }
  }

  /// The rows of the study's table; none where it is missing or damaged, since the runs tell them too.
  private static func table(_ path: String, warning: (String) -> Void) throws -> [SummaryRow] {
    guard FileSystem.exists(path) else { return [] }
    do {
      return try SummaryRow.read(path)
    } catch let error as FileFormatError {
      warning("\(error); it is made anew from the runs")
      return []
    }
  }

  /// Whether this config, these images and this device are those of the study that the folder holds.
  ///
  /// - Parameter isShared: whether other processes may have other devices.
  private static func check(
    _ config: StudyConfig, since earlier: StudyConfig, in folder: StudyFolder, digest: String,
    device: BackendSummary, isShared: Bool = false, warning: (String) -> Void
  ) throws {
    var info = JSONObject()
    let unknown = "whether images and device are those that \(folder.path) was begun with is not known"
    if FileSystem.exists(folder.summaryJSON) {
      do {
        info = try SummaryRow.readInfo(folder.summaryJSON)
      } catch let error as FileFormatError {
        warning("\(error); it is made anew, and \(unknown)")
      }
    } else if try folder.holdsRuns() {
      warning("\(folder.summaryJSON) is gone; \(unknown)")
    }
    let sameImages = info["dataset_sha256"] == .string(digest)
    let sameDevice = info["device"] == .string(device.name) && info["backend"] == .string(device.backend)
    let obstacles = config.obstacles(
      since: earlier, sameImages: sameImages, sameDevice: sameDevice || isShared)
    guard obstacles.isEmpty else { throw ConfigChanged(folder: folder.path, differences: obstacles) }
    guard sameImages || info["dataset_sha256"] == nil else {
      throw FileFormatError(
        folder.path, "the images are not those that the study was begun with; run with --force to start over")
    }
    if !sameDevice, let known = info["device"] {
      warning(
        "\(folder.path) was begun on the device \(known.compact), and goes on with \"\(device.name)\"; devices round "
          + "differently"
      )
    }
  }

  /// The controls of a seed: those that are trained already, under whatever strategy's name; else the one to be trained.
  private static func controls(_ run: RunName, rows: [SummaryRow], in folder: StudyFolder) -> [RunName] {
    let names = names(ofControl: run)
    let done = names.filter { name in rows.contains { $0.runName == name } }
    guard done.isEmpty else { return done }
    if let begun = names.first(where: { folder.run($0).isBegun }) { return [begun] }
    // The name that the other seeds' controls have.
    let strategy = rows.first { $0.sparsity == 0 }?.strategy ?? run.strategy
    return [RunName(strategy: strategy, sparsity: 0, seed: run.seed)]
  }
}

extension RunFolder {
  /// Whether a finished run has all its files, as far as it could make them anew from the end that it keeps.
  ///
  /// The accuracies are made anew here: the table of its epochs tells them, whether the run keeps its end or not.
  fileprivate func isWhole(warning: (String) -> Void) throws -> Bool {
    if let missing = [trainAccuracy, testAccuracy].first(where: { !FileSystem.exists($0) }) {
      do {
        try writeAccuracies(MetricsRow.read(metrics))
        warning("\(missing) was gone; it is made anew from \(metrics)")
      } catch let error as FileFormatError {
        warning("\(error); its run is trained again")
        return false
      }
    }
    let missing = [initialModel, events].filter { !FileSystem.exists($0) }
    guard !FileSystem.exists(optimizer) else { return missing.isEmpty }
    for path in missing {
      warning("\(path) is gone, and only training makes it; to train its run again, remove \(model)")
    }
    return true
  }
}
