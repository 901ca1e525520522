import Backends
import Configs
import Files
import GraphExec
import StudyFiles
import Text

/// A study: every run of a config, several at a time, in a folder that can be continued after any interruption, and that
/// several processes may work on.
package final class Study: Sendable {
  let config: StudyConfig
  let folder: StudyFolder
  let data: StudyData
  let backend: any Backend
  let observer: any StudyObserver
  /// What this process takes of a study that others work on, too; nil where it has the folder for itself.
  let share: StudyShare?
  let claims: Claims
  private let lock: StudyLock
  let costs: LayerCosts?
  let runs: [RunName]
  let jobs: StudyJobs
  let tables: StudyTables
  /// Whether other processes were at work when this one began.
  private let hasJoined: Bool

  /// Opens the study's folder (`config.output`): takes its lock, and checks that what is there is a beginning of this
  /// study, with the same images.
  ///
  /// - Parameters:
  ///   - data: the config's images, loaded before anything is written.
  ///   - force: starts over, whatever the folder holds.
  ///   - retry: runs again what failed.
  ///   - share: works on the study together with other processes that do.
  ///   - patience: when others are given up.
  /// - Throws: `StudyLockedError`, `StudyAtWork`; `ConfigChanged`; `FileError`, `FileFormatError`.
  package init(
    _ config: StudyConfig, data: StudyData, backend: any Backend, observer: any StudyObserver,
    force: Bool = false, retry: Bool = false, share: StudyShare? = nil,
    patience: Claims.Patience = Claims.Patience()
  ) throws {
    self.config = config
    self.data = data
    self.backend = backend
    self.share = share
    folder = StudyFolder(config.output)
    try config.requireRewindStep(images: data.train.count)
    // Before anything is written or removed.
    if force || !FileSystem.exists(folder.config) {
      try config.requireHostMemory(forRuns: config.runs.count, on: backend)
    }
    try FileSystem.createFolder(folder.path)
    lock = try StudyLock(folder: folder.path, shared: share != nil)
    if let warning = lock.warning { observer.warning(warning) }
    claims = try Claims(folder, device: backend.summary.text, patience: patience)
    self.observer = HeartbeatObserver(observer, claims)
    do {
      let opening = StudyOpening(
        config, data: data, backend: backend, folder: folder, claims: claims, warning: observer.warning)
      let opened = try opening.open(force: force, retry: retry, isShared: share != nil)
      (runs, jobs, costs, hasJoined) = (opened.runs, opened.jobs, opened.costs, opened.hasJoined)
      tables = StudyTables(
        folder, runs: opened.runs, rows: opened.rows, info: opened.info, isShared: share != nil,
        claims: claims)
    } catch {
      claims.close()
      throw error
    }
  }

  /// Trains every run that is not finished yet, `execution.concurrent_models` at a time.
  ///
  /// The folder is free for others afterwards; a study runs once.
  ///
  /// - Parameters:
  ///   - signal: what stops the study, within a second or two.
  ///   - measures: whether what the finished networks cost is measured when all are done.
  /// - Returns: the rows of all runs, in the config's order; of a part of them, where the share is one.
  /// - Throws: `StudyInterrupted` when the signal was given; the first error of files or device. A run that fails for its
  ///   own sake is a row, not an error.
  package func run(stoppedBy signal: StopSignal, measures: Bool = true) throws -> [SummaryRow] {
    // Not left to the last owner: the threads that end may hold the study for a moment longer.
    defer {
      claims.close()
      lock.release()
    }
    let interruption = Interruption(signal)
    var isTrained = false
    do {
      if !hasJoined { try forgetMeasurements() }
      let threads = StudyThreads(stoppedBy: signal)
      startRuns(on: threads, interruption)
      try threads.wait()
      let isWhole = try tables.finish()
      let finished = tables.rows
      isTrained = true
      if measures, isWhole {
        threads.start("measurement") { [self] in try measure(finished, signal) }
        try threads.wait()
      }
      if isWhole { try tidy() }
      guard let share, !share.isWhole else { return finished }
      let own = Set(jobs.jobs(of: share).filter(\.isRun).map(\.folder.name))
      return finished.filter { own.contains($0.runName) }
    } catch is StudyInterrupted {
      let kept = try interruption.saveRuns()
      try tables.finish()
      throw StudyInterrupted(kept: kept, isTrained: isTrained)
    } catch {
      // One error is enough; a full disk would only say it again.
      _ = try? interruption.saveRuns()
      _ = try? tables.finish()
      throw error
    }
  }

  /// Removes what processes left that were killed, unless others are still at work.
  private func tidy() throws {
    guard try claims.others().isEmpty, try claims.removeDead() else { return }
    try AtomicFile.removeLeftovers(of: folder.files + folder.allRuns().flatMap(\.files))
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
