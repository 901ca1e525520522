import GraphExec
import StudyFiles
import Synchronization

/// What a study tells while it runs; called from the threads of its runs.
///
/// A run is named as its folder is: `weight-s0.5-seed1`, or `dense-seed1` for the training that one-shot runs share.
package protocol StudyObserver: Sendable {
  /// The study begins or goes on: `finished` of its `runs` are done, and the others need about so many `epochs`, dense
  /// trainings that they share included.
  func studyStarted(runs: Int, finished: Int, epochs: Int)
  /// A run begins, or goes on after `finishedEpochs`; `model` may be asked for its progress while it trains.
  func runStarted(_ run: String, epochs: Int, stepsPerEpoch: Int, finishedEpochs: Int)
  /// The model of a run changed its form, or has just been made.
  func runUsesModel(_ run: String, _ model: any Model)
  /// An epoch was trained and tested.
  func epochFinished(_ run: String, _ row: MetricsRow)
  /// A run has its final numbers.
  func runFinished(_ run: String, _ row: SummaryRow)
  /// Another process that works on the study has trained a run.
  func runFinishedElsewhere(_ run: String, _ row: SummaryRow)
  /// Another process has taken over a run that was trained here.
  func runLost(_ run: String)
  /// All runs are done, and what this many of them cost is measured now, one after the other.
  func measuring(runs: Int)
  /// One of them was measured.
  func measured(_ row: MeasurementRow)
  /// Something that people should know and that stops nothing.
  func warning(_ text: String)
}

/// Asks a study to stop; every finished epoch is kept.
package final class StopSignal: Sendable {
  private let flag = Atomic(false)

  /// Creates a signal that was not given.
  package init() {}

  /// Gives the signal; safe in a signal handler.
  package func stop() { flag.store(true, ordering: .relaxed) }

  /// Whether it was given.
  package var isStopped: Bool { flag.load(ordering: .relaxed) }

  /// - Throws: `StudyInterrupted` once it was given.
  package func check() throws { if isStopped { throw StudyInterrupted() } }
}

/// The person stopped the study.
package struct StudyInterrupted: Error, CustomStringConvertible {
  /// A run under way, and the epoch that it will go on after.
  package struct Kept: Equatable, Sendable {
    package let run: String
    package let epoch: Int
  }

  package var kept: [Kept] = []
  /// Whether every run had ended, and only what they cost was not yet measured.
  package var isTrained = false

  package var description: String {
    if isTrained {
      return "stopped while measuring; every run is done, the same command measures what is left"
    }
    let runs = kept.map { "\($0.run) up to epoch \($0.epoch)" }.joined(separator: ", ")
    return runs.isEmpty
      ? "stopped; what is finished is kept, and the same command goes on from there"
      : "stopped; kept \(runs); the same command goes on from there"
  }
}

/// A run that cannot go on; the other runs of its study do.
package struct RunFailure: Error, Equatable, CustomStringConvertible {
  /// Why, with the epoch.
  package let reason: String
  package var description: String { reason }

  package init(reason: String) { self.reason = reason }
}
