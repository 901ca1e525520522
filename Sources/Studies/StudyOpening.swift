import Backends
import Configs
import Files
import Foundation
import GraphExec
import StudyFiles
import Text

/// Opens a study's folder: by itself, one process at a time, or joining others that are at work in it.
struct StudyOpening {
  /// What a study begins or goes on with.
  struct Opened {
    let runs: [RunName]
    let rows: [SummaryRow]
    let jobs: StudyJobs
    let costs: LayerCosts?
    /// What `summary.json` says beside the rows.
    let info: JSONObject
    /// Whether other processes are at work.
    let hasJoined: Bool
  }

  private let config: StudyConfig
  private let data: StudyData
  private let backend: any Backend
  private let folder: StudyFolder
  private let claims: Claims
  private let warning: (String) -> Void
  /// The job of opening, as claims name it.
  private static let job = "opening"

  init(
    _ config: StudyConfig, data: StudyData, backend: any Backend, folder: StudyFolder, claims: Claims,
    warning: @escaping (String) -> Void
  ) {
    self.config = config
    self.data = data
    self.backend = backend
    self.folder = folder
    self.claims = claims
    self.warning = warning
  }

  /// - Parameters:
  ///   - force: starts over, whatever the folder holds.
  ///   - retry: runs again what failed.
  ///   - isShared: waits for others that open the folder at this moment, and joins those that are at work.
  /// - Throws: `StudyAtWork`; `ConfigChanged`; `FileError`, `FileFormatError`.
  func open(force: Bool, retry: Bool, isShared: Bool) throws -> Opened {
    while try !claims.take(Self.job, seen: claims.list()) {
      guard isShared else { throw atWork("wait until they are done, or join them with --shared") }
      claims.wait()
    }
    defer { claims.release(Self.job) }
    let others = try claims.others().filter { $0.isAtWork || !isShared }
    let opened: Opened
    if others.isEmpty {
      opened = try begin(force: force, retry: retry)
    } else {
      guard isShared else { throw atWork("wait until they are done, or join them with --shared") }
      guard !force else { throw atWork("to start over with --force, end them first") }
      if retry { warning("others are at work on \(folder.path): what has failed is not run again") }
      opened = try join()
    }
    try claims.begin()
    return opened
  }

  private func atWork(_ remedy: String) -> StudyAtWork {
    let workers = ((try? claims.others()) ?? []).map(\.worker)
    return StudyAtWork(folder: folder.path, workers: workers, remedy: remedy)
  }

  /// Opens the folder while nobody else works in it, and leaves it in order.
  private func begin(force: Bool, retry: Bool) throws -> Opened {
    try claims.removeDead()
    if force, FileSystem.exists(folder.config) { try folder.removeStudy() }
    let earlier = try EarlierRuns(
      in: folder, of: config, digest: data.digest, device: backend.summary, retry: retry, warning: warning)
    // What is finished opens on a smaller machine.
    try config.requireHostMemory(forRuns: earlier.runs.count - earlier.rows.count, on: backend)
    try AtomicFile.removeLeftovers(of: folder.files + folder.allRuns().flatMap(\.files))
    // Before the config, with which rows that are to be trained on would look finished.
    try removeResults(except: Set(earlier.rows.map(\.runName)), of: earlier.runs)
    if FileSystem.exists(folder.summaryCSV) || !earlier.rows.isEmpty {
      try SummaryRow.write(earlier.rows, to: folder.summaryCSV)
    }
    try AtomicFile.write(config.json.pretty, to: folder.config)
    // What a study was begun with is known before its first run is done. A file that is damaged does not tell it.
    if (try? SummaryRow.readInfo(folder.summaryJSON)) == nil {
      try SummaryRow.writeJSON(earlier.rows, info: info, to: folder.summaryJSON)
    }
    let jobs = StudyJobs(config, runs: earlier.runs, in: folder)
    let costs = try costs()
    try jobs.adoptRounds()
    try forgetFailures()
    // A study killed between a run's result, or what trainings share, and its checkpoint's removal.
    for row in earlier.rows { try folder.run(row.runName).checkpoint.remove() }
    for training in try folder.sharedTrainings() where FileSystem.exists(training.model) {
      try training.checkpoint.remove()
    }
    return Opened(
      runs: earlier.runs, rows: earlier.rows, jobs: jobs, costs: costs, info: info, hasJoined: false)
  }

  /// Joins processes that are at work. It only reads: what is done beyond the table shows when it is asked for.
  private func join() throws -> Opened {
    let earlier = try EarlierRuns(
      joining: folder, of: config, digest: data.digest, device: backend.summary, warning: warning)
    guard let earlier else {
      throw atWork("its config asks for other runs or epochs: wait until they are done")
    }
    return Opened(
      runs: earlier.runs, rows: earlier.rows, jobs: StudyJobs(config, runs: earlier.runs, in: folder),
      costs: try costs(), info: try SummaryRow.readInfo(folder.summaryJSON), hasJoined: true)
  }

  private func costs() throws -> LayerCosts? {
    let store =
      config.choosesFormats
      ? CostStore(backend, batchSize: config.fitted(toImages: data.train.count).training.batchSize) : nil
    return try store?.costs(of: config, for: folder, warning: warning)
  }

  /// Runs that are to be trained have no result; those that were never begun have no folder.
  private func removeResults(except done: Set<RunName>, of runs: [RunName]) throws {
    for run in runs where !done.contains(run) { try FileSystem.removeFile(folder.run(run).result) }
  }

  /// A training that runs share and that failed is tried again for runs that are to be trained.
  private func forgetFailures() throws {
    for training in try folder.sharedTrainings() {
      let isDone = try training.readResult()?.status == .finished && FileSystem.exists(training.model)
      if !isDone { try FileSystem.removeFile(training.result) }
    }
  }

  /// What `summary.json` says beside the rows. Nothing measured: it must not differ between two equal studies.
  private var info: JSONObject {
    let device = backend.summary
    return JSONObject([
      ("whittle", .string(WhittleVersion.current)),
      ("device", .string(device.name)), ("backend", .string(device.backend)),
      ("driver", .string(device.version)), ("compute_units", JSONValue(device.computeUnits)),
      ("dataset_sha256", .string(data.digest)), ("train_images", JSONValue(data.train.count)),
      ("test_images", JSONValue(data.test.count)),
    ])
  }
}
