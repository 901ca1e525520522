import StudyFiles
import Synchronization

/// The wish to stop a study, and the runs under way whose last epochs it must not lose.
final class Interruption: Sendable {
  private let signal: StopSignal
  private let open = Mutex<[(run: String, saver: RunSaver)]>([])

  init(_ signal: StopSignal) { self.signal = signal }

  /// Whether the study is to stop.
  var isGiven: Bool { signal.isStopped }

  /// - Throws: `StudyInterrupted` when the study is to stop.
  func check() throws { try signal.check() }

  /// A run is under way.
  func begin(_ run: String, _ saver: RunSaver) { open.withLock { $0.append((run, saver)) } }

  /// A run has its final files.
  func end(_ run: String) { open.withLock { $0.removeAll { $0.run == run } } }

  /// Saves the last epoch of every run under way; none of them writes anything after that.
  ///
  /// - Returns: what the runs go on after, those left out that have no finished epoch.
  /// - Throws: `FileError`, when all were tried.
  func saveRuns() throws -> [StudyInterrupted.Kept] {
    let results = open.withLock { $0 }.map { run, saver in
      Result { StudyInterrupted.Kept(run: run, epoch: try saver.close()) }
        // Who has taken a run over has its last epoch, too.
        .flatMapError { $0 is ClaimLost ? .success(StudyInterrupted.Kept(run: run, epoch: 0)) : .failure($0) }
    }
    return try results.map { try $0.get() }.filter { $0.epoch > 0 }
  }
}
