import Foundation
import Timing

/// How far a study has come: runs, and the time that the epochs to come should take.
struct StudyProgress {
  private let runs: Int
  private var finished: Int
  /// The epochs that were to be trained when this process began, and those trained since in runs that have ended.
  private var epochs: Double
  private var trained = 0.0
  private let started = ContinuousClock.now

  init(runs: Int, finished: Int, epochs: Int) {
    self.runs = runs
    self.finished = finished
    self.epochs = Double(epochs)
  }

  /// A run goes on after some epochs, which are not to be trained again.
  mutating func resume(after epochs: Int) { self.epochs -= Double(epochs) }

  /// A run ended, having trained so many epochs here; a dense training that runs share is none of them.
  mutating func end(_ run: RunProgress?, isShared: Bool) {
    trained += run?.epochsHere ?? 0
    if !isShared { finished += 1 }
  }

  /// `7 of 20 runs, 12m left`; nil for a study of one run, which its own line tells of.
  func text(running: [RunProgress]) -> String? {
    guard runs > 1 else { return nil }
    let done = trained + running.reduce(0) { $0 + $1.epochsHere }
    let text = "\(finished) of \(runs) runs"
    guard done > 0, finished < runs, epochs > done else { return text }
    let elapsed = (ContinuousClock.now - started).seconds
    return text + ", \(RunProgress.duration(elapsed / done * (epochs - done))) left"
  }
}
