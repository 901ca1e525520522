import Backends
import Configs
import Files
import GraphExec
import StudyFiles
import Synchronization
import Text

/// A study: every run of a config, several at a time, in a folder that can be continued after any interruption.
package final class Study: Sendable {
  private let config: StudyConfig
  private let folder: StudyFolder
  private let data: StudyData
  private let backend: any Backend
  private let observer: any StudyObserver
  private let lock: StudyLock
  private let costs: LayerCosts?
  private let runs: [RunName]
  private let jobs: StudyJobs
  private let rows: Mutex<[SummaryRow]>

  /// Opens the study's folder (`config.output`): takes its lock, and checks that what is there is a beginning of this
  /// study, with the same images.
  ///
  /// - Parameters:
  ///   - data: the config's images, loaded before anything is written.
  ///   - force: starts over, whatever the folder holds.
  ///   - retry: runs again what failed.
  /// - Throws: `StudyLockedError`; `ConfigChanged`; `FileError`, `FileFormatError`.
  package init(
    _ config: StudyConfig, data: StudyData, backend: any Backend, observer: any StudyObserver,
    force: Bool = false,
    retry: Bool = false
  ) throws {
    self.config = config
    self.data = data
    self.backend = backend
    self.observer = observer
    folder = StudyFolder(config.output)
    try config.requireRewindStep(images: data.train.count)
    // Before anything is written or removed.
    if force || !FileSystem.exists(folder.config) {
      try config.requireHostMemory(forRuns: config.runs.count, on: backend)
    }
    try FileSystem.createFolder(folder.path)
    lock = try StudyLock(folder: folder.path)
    if let warning = lock.warning { observer.warning(warning) }
    if force, FileSystem.exists(folder.config) { try folder.removeStudy() }
    let earlier = try EarlierRuns(
      in: folder, of: config, digest: data.digest, device: backend.summary, retry: retry,
      warning: observer.warning)
    runs = earlier.runs
    rows = Mutex(earlier.rows)
    // What is finished opens on a smaller machine.
    try config.requireHostMemory(forRuns: earlier.runs.count - earlier.rows.count, on: backend)
    for path in try folder.files + folder.allRuns().flatMap(\.files) { AtomicFile.removeLeftovers(of: path) }
    // Before the config, with which rows that are to be trained on would look finished.
    if FileSystem.exists(folder.summaryCSV) { try SummaryRow.write(earlier.rows, to: folder.summaryCSV) }
    try AtomicFile.write(config.json.pretty, to: folder.config)
    // What a study was begun with is known before its first run is done. A file that is damaged does not tell it.
    if (try? SummaryRow.readInfo(folder.summaryJSON)) == nil {
      try SummaryRow.writeJSON(
        earlier.rows, info: Self.info(data, backend.summary), to: folder.summaryJSON)
    }
    let store =
      config.choosesFormats
      ? CostStore(backend, batchSize: config.fitted(toImages: data.train.count).training.batchSize) : nil
    costs = try store?.costs(of: config.network, for: folder, warning: observer.warning)
    jobs = StudyJobs(config, runs: runs, in: folder)
    try jobs.adoptRounds()
    // A study killed between a run's row, or what trainings share, and its checkpoint's removal.
    for row in earlier.rows { try folder.run(row.runName).checkpoint.remove() }
    for training in try folder.sharedTrainings() where FileSystem.exists(training.model) {
      try training.checkpoint.remove()
    }
  }

  /// Trains every run that is not finished yet, `execution.concurrent_models` at a time.
  ///
  /// The folder is free for others afterwards; a study runs once.
  ///
  /// - Parameters:
  ///   - signal: what stops the study, within a second or two.
  ///   - measures: whether what the finished networks cost is measured when all are done.
  /// - Returns: the rows of all runs, in the config's order.
  /// - Throws: `StudyInterrupted` when the signal was given; the first error of files or device. A run that fails for its
  ///   own sake is a row, not an error.
  package func run(stoppedBy signal: StopSignal, measures: Bool = true) throws -> [SummaryRow] {
    // Not left to the last owner: the threads that end may hold the study for a moment longer.
    defer { lock.release() }
    let interruption = Interruption(signal)
    var isTrained = false
    do {
      try forgetMeasurements()
      let threads = StudyThreads(stoppedBy: signal)
      startRuns(on: threads, interruption)
      try threads.wait()
      let finished = ordered(rows.withLock { $0 })
      isTrained = true
      if measures {
        threads.start("measurement") { [self] in try measure(finished, signal) }
        try threads.wait()
      }
      return finished
    } catch is StudyInterrupted {
      throw StudyInterrupted(kept: try interruption.saveRuns(), isTrained: isTrained)
    } catch {
      // One error is enough; a full disk would only say it again.
      _ = try? interruption.saveRuns()
      throw error
    }
  }

  private func startRuns(on threads: StudyThreads, _ interruption: Interruption) {
    let rows = rows.withLock { $0 }
    let done = Set(rows.map(\.runName))
    let open = runs.filter { !done.contains($0) }
    let list = jobs.list(for: open)
    observer.studyStarted(
      runs: runs.count, finished: runs.count - open.count, epochs: list.reduce(0) { $0 + $1.epochs })
    let failures = rows.filter { $0.status == .failed }.map { row in
      let job = jobs.job(of: row.runName)
      return (job.label, job.failure(row))
    }
    let queue = JobQueue(list, failures: Dictionary(uniqueKeysWithValues: failures))
    for index in 0..<min(config.execution.concurrentModels, list.count) {
      threads.start("run \(index)") { [self] in
        // After an error others must not wait for what this thread was to train.
        defer { queue.close() }
        while let (job, failure) = queue.next() {
          queue.finish(job, try train(job, failure, interruption))
        }
      }
    }
  }

  /// Runs that are trained now are measured anew.
  private func forgetMeasurements() throws {
    let done = Set(rows.withLock { $0.map(\.runName) })
    let known = measurements
    let kept = known.filter { done.contains($0.run) }
    if kept.count < known.count { try MeasurementRow.write(kept, to: folder.measurements) }
  }

  /// What was measured so far; a file that cannot be read is made anew.
  private var measurements: [MeasurementRow] {
    guard FileSystem.exists(folder.measurements) else { return [] }
    return (try? MeasurementRow.read(folder.measurements)) ?? []
  }

  /// The part of the training's time after which what networks cost is measured no more than once.
  private static let measuringShare = 0.05

  /// Measures every finished network that is not measured yet. Where hidden layers are frozen, no step trains the network
  /// as a whole, and there is nothing to compare.
  private func measure(_ rows: [SummaryRow], _ signal: StopSignal) throws {
    let folders = rows.filter { $0.status == .finished }.map { folder.run($0.runName) }
    guard config.training.trainableLayers == .all, !folders.isEmpty else { return }
    var known = Dictionary(measurements.map { ($0.run, $0) }, uniquingKeysWith: { _, last in last })
    let missing = folders.filter { known[$0.name] == nil }
    guard !missing.isEmpty else { return }
    observer.measuring(runs: missing.count)
    // However short the training was, to measure takes a small part of its time.
    let trained = rows.reduce(0) { $0 + $1.seconds } / Double(config.execution.concurrentModels)
    let measurement = try StudyMeasurement(
      config, data: data, backend: backend, costs: costs,
      patience: .seconds(Self.measuringShare * trained / Double(folders.count)))
    for run in missing {
      try signal.check()
      let row = try measurement.measure(run)
      known[run.name] = row
      // After each, so that stopping loses one at most.
      try MeasurementRow.write(folders.compactMap { known[$0.name] }, to: folder.measurements)
      observer.measured(row)
    }
  }

  /// Trains a job, or says why that cannot be.
  ///
  /// - Returns: what those that need it say where it failed.
  private func train(
    _ job: TrainingJob, _ failure: RunFailure?, _ interruption: Interruption
  ) throws -> RunFailure? {
    var row: SummaryRow
    do {
      if let failure { throw failure }
      let config = try jobs.config(of: job)
      row = try trainer(of: job, config, interruption).train {
        try jobs.start(of: job, by: config.fitted(toImages: data.train.count), on: backend)
      }
    } catch let failure as RunFailure {
      row = trainer(of: job, job.config, interruption).failedRow(failure)
    }
    row = job.row(row, of: config)
    if job.isRun {
      try rows.withLock { rows in
        rows = ordered(rows + [row])
        // The CSV last: it is what a study that goes on believes.
        try SummaryRow.writeJSON(rows, info: Self.info(data, backend.summary), to: folder.summaryJSON)
        try SummaryRow.write(rows, to: folder.summaryCSV)
      }
    }
    // Only now: until the row is on the disk, the checkpoint is what a killed study goes on from.
    try job.folder.checkpoint.remove()
    observer.runFinished(job.label, row)
    guard row.status == .failed else { return nil }
    return failure ?? job.failure(row)
  }

  private func trainer(of job: TrainingJob, _ config: StudyConfig, _ interruption: Interruption) -> RunTrainer
  {
    RunTrainer(
      job.trained, label: job.label, config: config, data: data, backend: backend, folder: job.folder,
      costs: costs, keepsOptimizer: job.keepsOptimizer, kept: job.kept, observer: observer,
      interruption: interruption)
  }

  private func ordered(_ rows: [SummaryRow]) -> [SummaryRow] {
    SummaryRow.ordered(rows, by: runs)
  }

  /// What `summary.json` says beside the rows. Nothing measured: it must not differ between two equal studies.
  private static func info(_ data: StudyData, _ device: BackendSummary) -> JSONObject {
    JSONObject([
      ("whittle", .string(WhittleVersion.current)),
      ("device", .string(device.name)), ("backend", .string(device.backend)),
      ("driver", .string(device.version)), ("compute_units", JSONValue(device.computeUnits)),
      ("dataset_sha256", .string(data.digest)), ("train_images", JSONValue(data.train.count)),
      ("test_images", JSONValue(data.test.count)),
    ])
  }
}

/// The folder holds a study of another config.
package struct ConfigChanged: Error, CustomStringConvertible {
  package let folder: String
  package let differences: [ConfigDifference]

  package var description: String {
    "\(folder) holds a study with another config; choose another folder with --output, or start over with --force\n"
      + differences.map { "  \($0)" }.joined(separator: "\n")
  }
}

/// The version of this program.
package enum WhittleVersion {
  package static let current = "0.1.0"
}
