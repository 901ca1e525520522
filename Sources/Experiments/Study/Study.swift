import Dispatch
import Foundation
import GraphExec
import Synchronization

/// A study: every run of a config, several at a time, in a folder that can be continued after any interruption.
package final class Study: Sendable {
  private let config: StudyConfig
  private let folder: StudyFolder
  private let backend: any Backend
  private let observer: any StudyObserver
  private let signal: StopSignal
  private let lock: StudyLock
  private let rows: Mutex<[SummaryRow]>

  /// Opens the study's folder (`config.output`): takes its lock, and checks that what is there is of the same config.
  ///
  /// - Parameter force: starts over where the config differs, or where anything was finished.
  /// - Throws: `StudyLockedError`; `ConfigChanged`; `FileError`, `FileFormatError`.
  package init(
    _ config: StudyConfig, backend: any Backend, observer: any StudyObserver, signal: StopSignal, force: Bool
  ) throws {
    self.config = config
    self.backend = backend
    self.observer = observer
    self.signal = signal
    folder = StudyFolder(config.output)
    try FileSystem.createFolder(folder.path)
    lock = try StudyLock(folder: folder.path)
    if force { try Self.clear(folder) }
    if FileSystem.exists(folder.config) {
      let earlier = try StudyConfig.load(path: folder.config)
      let differences = config.differences(from: earlier).filter(\.affectsResults)
      guard differences.isEmpty else { throw ConfigChanged(folder: folder.path, differences: differences) }
    }
    try AtomicFile.removeLeftovers(in: folder.path)
    try AtomicFile.write(config.json.pretty, to: folder.config)
    rows = Mutex(FileSystem.exists(folder.summaryCSV) ? try SummaryRow.read(folder.summaryCSV) : [])
  }

  private static func clear(_ folder: StudyFolder) throws {
    for path in [
      folder.runs, folder.plots, folder.report, folder.summaryCSV, folder.summaryJSON, folder.config,
      DenseTraining.folder(in: folder),
    ] where FileSystem.exists(path) {
      do { try FileManager.default.removeItem(atPath: path) } catch { throw FileError("remove", path) }
    }
  }

  /// Trains every run that is not finished yet, `execution.concurrent_models` at a time.
  ///
  /// - Returns: the rows of all runs, in the config's order.
  /// - Throws: `StudyInterrupted` when the signal was given; the first error of files or device. A run that fails for its
  ///   own sake is a row, not an error.
  package func run() throws -> [SummaryRow] {
    let data = try StudyData(config, backend: backend)
    try checkData(data)
    let sources = StartingPoints(
      config: config, data: data, backend: backend, folder: folder, observer: observer, signal: signal)
    let done = Set(rows.withLock { $0.map(\.runName) })
    let waiting = Mutex(config.runs.filter { !done.contains($0) }[...])
    let failure = Mutex<(any Error)?>(nil)
    let threads = DispatchGroup()
    // Threads and not tasks: a run waits for its device, and must not hold a thread of the cooperative pool.
    for index in 0..<min(config.execution.concurrentModels, max(config.runs.count - done.count, 1)) {
      threads.enter()
      let thread = Thread { [self] in
        defer { threads.leave() }
        while failure.withLock({ $0 == nil }), let run = waiting.withLock({ $0.popFirst() }) {
          do {
            try train(run, from: sources, data: data)
          } catch {
            failure.withLock { $0 = $0 ?? error }
          }
        }
      }
      thread.name = "run \(index)"
      thread.stackSize = 8 << 20
      thread.start()
    }
    threads.wait()
    if let error = failure.withLock({ $0 }) { throw error }
    return ordered(rows.withLock { $0 })
  }

  private func train(_ run: RunName, from sources: StartingPoints, data: StudyData) throws {
    let runFolder = folder.run(run)
    let trainer = RunTrainer(
      run, config: config, data: data, backend: backend, folder: runFolder, observer: observer, signal: signal
    )
    let row = try trainer.train(from: sources.start(seed: run.seed))
    try rows.withLock { rows in
      rows = ordered(rows + [row])
      try SummaryRow.write(rows, to: folder.summaryCSV)
      try SummaryRow.writeJSON(rows, info: info(data), to: folder.summaryJSON)
    }
    // Only now: until the row is on the disk, the checkpoint is what a killed study goes on from.
    try runFolder.checkpoint.remove()
    observer.runFinished(row)
  }

  private func ordered(_ rows: [SummaryRow]) -> [SummaryRow] {
    let byName = Dictionary(rows.map { ($0.runName, $0) }) { _, last in last }
    return config.runs.compactMap { byName[$0] }
  }

  /// What `summary.json` says beside the rows. Nothing measured: it must not differ between two equal studies.
  private func info(_ data: StudyData) -> JSONObject {
    let device = backend.summary
    return JSONObject([
      ("whittle", .string(WhittleVersion.current)),
      ("device", .string(device.name)), ("backend", .string(device.backend)),
      ("driver", .string(device.version)), ("compute_units", JSONValue(device.computeUnits)),
      ("dataset_sha256", .string(data.digest)), ("train_images", JSONValue(data.train.count)),
      ("test_images", JSONValue(data.test.count)),
    ])
  }

  private func checkData(_ data: StudyData) throws {
    guard FileSystem.exists(folder.summaryJSON) else { return }
    let known = try SummaryRow.readInfo(folder.summaryJSON)["dataset_sha256"]
    guard let known, known != .string(data.digest) else { return }
    throw FileFormatError(
      folder.path,
      "the images are not those that its finished runs were trained on; run with --force to start over")
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
