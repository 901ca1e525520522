import Foundation
import Timing

/// How many of a study's networks have been measured, and its bar.
struct MeasuringProgress {
  private let runs: Int
  private var done = 0
  private let started = ContinuousClock.now

  init(runs: Int) { self.runs = runs }

  mutating func next() { done += 1 }

  /// The bar, without an end of line.
  func bar(width: Int) -> String {
    var text = "\(done)/\(runs) networks"
    if done > 0, done < runs {
      let elapsed = (ContinuousClock.now - started).seconds
      text += "  \(RunProgress.duration(elapsed / Double(done) * Double(runs - done))) left"
    }
    return RunProgress.bar("measuring", done: done, of: runs, text, width: width)
  }
}
