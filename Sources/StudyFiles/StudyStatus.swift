import Configs
import Files
import Foundation

/// How far a study is, by what its folder says at a moment: nothing of it is trained, changed or waited for.
package struct StudyStatus: Sendable {
  /// A job that is under way.
  package struct Running: Sendable {
    package let progress: Heartbeat.Progress
    package let worker: Worker
    package let device: String
    /// Seconds since the process was last heard of.
    package let silence: Double
    /// Whether it is a run that the config asks for; others are what runs share, and the measurement.
    package let isRun: Bool
  }

  package let name: String
  /// All runs that the config asks for.
  package let runs: [RunName]
  package let done: [SummaryRow]
  package let failed: [SummaryRow]
  package let running: [Running]
  /// Runs that were begun by processes that are gone: the next process goes on with them.
  package let interrupted: [RunName]
  /// Runs that nobody works on, the interrupted ones included.
  package let waiting: [RunName]
  /// How many finished networks were measured.
  package let measured: Int

  /// Reads a study's folder.
  ///
  /// - Throws: `FileFormatError` where it holds no study; `FileError`.
  package init(_ folder: StudyFolder) throws {
    guard FileSystem.exists(folder.config) else {
      throw FileFormatError(
        folder.path, "holds no study: there is no config.json; 'whittle run' and 'whittle slurm' make one")
    }
    let config = try StudyConfig.load(path: folder.config)
    name = config.name
    let table = FileSystem.exists(folder.summaryCSV) ? try SummaryRow.read(folder.summaryCSV) : []
    let controls = Dictionary(
      table.filter { $0.sparsity == 0 }.map { ($0.seed, $0.runName) }, uniquingKeysWith: { first, _ in first }
    )
    let runs = config.runs.map { $0.sparsity == 0 ? controls[$0.seed] ?? $0 : $0 }
    self.runs = runs
    let rows = try folder.completing(table, for: runs)
    done = rows.filter { $0.status == .finished }
    failed = rows.filter { $0.status == .failed }
    measured =
      FileSystem.exists(folder.measurements) ? try MeasurementRow.read(folder.measurements).count : 0

    let names = Dictionary(runs.map { ($0.description, $0) }, uniquingKeysWith: { first, _ in first })
    let claims = ClaimFolder(folder)
    let listing = try claims.list()
    let living = Self.living(listing.workers, in: claims)
    var running: [String: Running] = [:]
    for (heartbeat, silence) in living.values {
      for job in heartbeat.jobs {
        running[job.job] = Running(
          progress: job, worker: heartbeat.worker, device: heartbeat.device, silence: silence,
          isRun: names[job.job] != nil)
      }
    }
    let ended = Set(rows.map(\.runName))
    var interrupted: [RunName] = []
    for (label, generations) in listing.claims where running[label] == nil {
      guard let run = names[label], !ended.contains(run), let last = generations.last,
        let owner = claims.owner(of: label, last)
      else { continue }
      if let (heartbeat, silence) = living[owner] {
        // Claimed a moment ago: its first heartbeat is still to come.
        running[label] = Running(
          progress: Heartbeat.Progress(job: label, epoch: 0, epochs: 0),
          worker: heartbeat.worker, device: heartbeat.device, silence: silence, isRun: true)
      } else {
        interrupted.append(run)
      }
    }
    self.running = running.values.filter { job in names[job.progress.job].map { !ended.contains($0) } ?? true
    }
    .sorted { $0.progress.job < $1.progress.job }
    self.interrupted = interrupted.sorted { $0.description < $1.description }
    let busy = Set(self.running.map(\.progress.job))
    waiting = runs.filter { !ended.contains($0) && !busy.contains($0.description) }
  }

  /// The processes that are there, with the seconds since each was heard of.
  private static func living(
    _ ids: [String], in claims: ClaimFolder
  ) -> [String: (Heartbeat, silence: Double)] {
    let own = Worker.current()
    let expiry = Claims.Patience().expiry / .seconds(1)
    var living: [String: (Heartbeat, silence: Double)] = [:]
    for id in ids {
      let path = claims.heartbeat(of: id)
      guard let heartbeat = Heartbeat(id: id, path: path), let time = FileSystem.modificationTime(of: path)
      else { continue }
      let silence = max(0, Date().timeIntervalSince1970 - time)
      if own.isThere(heartbeat.worker) ?? (silence < expiry) { living[id] = (heartbeat, silence) }
    }
    return living
  }
}
