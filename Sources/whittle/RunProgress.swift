import Foundation
import GraphExec
import StudyFiles
import Timing

/// How far a running model has come, and its bar.
struct RunProgress {
  let run: String
  private let epochs: Int
  private let stepsPerEpoch: Int
  private let started = ContinuousClock.now
  var model: (any Model)?
  private var row: MetricsRow?
  private var epochsDone: Int
  /// Steps of all epochs when this process began, and the most that were seen done since.
  private let firstStep: Int
  private var stepsDone: Int

  init(run: String, epochs: Int, stepsPerEpoch: Int, finishedEpochs: Int) {
    self.run = run
    self.epochs = max(epochs, 1)
    self.stepsPerEpoch = stepsPerEpoch
    epochsDone = finishedEpochs
    firstStep = finishedEpochs * stepsPerEpoch
    stepsDone = firstStep
  }

  /// An epoch was trained and tested.
  mutating func finish(_ row: MetricsRow) {
    self.row = row
    epochsDone = row.epoch
    stepsDone = max(stepsDone, epochsDone * stepsPerEpoch)
  }

  /// The bar as it is now, without an end of line.
  ///
  /// - Parameters:
  ///   - nameWidth: the width that the longest name of the running models needs.
  ///   - width: the columns there are; where they do not suffice, the bar gives way first, and then the end.
  mutating func bar(nameWidth: Int, width: Int) -> String {
    // Between two epochs the model still tells the steps of the last one: modulo, and never backwards.
    let inEpoch = epochsDone < epochs ? (model?.completedSteps ?? 0) % max(stepsPerEpoch, 1) : 0
    stepsDone = max(stepsDone, epochsDone * stepsPerEpoch + inEpoch)
    let total = max(epochs * stepsPerEpoch, 1)
    var text = "epoch \(min(epochsDone + 1, epochs))/\(epochs)"
    if let row {
      text += String(format: "  loss %.4f  test %.2f%%", row.trainLoss, row.testAccuracy * 100)
      text += Self.speed(row)
    }
    let doneHere = stepsDone - firstStep
    if doneHere > 0 {
      let elapsed = (ContinuousClock.now - started).seconds
      text += "  \(Self.duration(elapsed * Double(total - stepsDone) / Double(doneHere))) left"
    }
    let name = run + String(repeating: " ", count: max(nameWidth - run.count, 0))
    return Self.bar(name, done: stepsDone, of: total, text, width: width)
  }

  /// Epochs trained since this process began, the one under way by its steps.
  var epochsHere: Double { Double(stepsDone - firstStep) / Double(max(stepsPerEpoch, 1)) }

  /// An epoch's numbers, for a line.
  static func describe(_ row: MetricsRow) -> String {
    String(
      format: "epoch %d  loss %.4f  train %.2f%%  test %.2f%%", row.epoch, row.trainLoss,
      row.trainAccuracy * 100, row.testAccuracy * 100) + speed(row)
  }

  /// Nothing where nothing was trained: a run that is pruned once and tested.
  private static func speed(_ row: MetricsRow) -> String {
    row.imagesPerSecond > 0 ? String(format: "  %.0f images/s", row.imagesPerSecond) : ""
  }

  /// A bar between its name and what there is to say; the bar gives way first, and then the end.
  static func bar(_ name: String, done: Int, of total: Int, _ text: String, width: Int) -> String {
    let cells = min(20, width - name.count - text.count - 2)
    guard cells >= 5 else { return String("\(name) \(text)".prefix(max(width, 0))) }
    let full = min(done * cells / max(total, 1), cells)
    let bar = String(repeating: "█", count: full) + String(repeating: "░", count: cells - full)
    return "\(name) \(bar) \(text)"
  }

  static func duration(_ seconds: Double) -> String {
    let seconds = Int(seconds.rounded())
    return seconds < 60
      ? "\(seconds)s"
      : seconds < 3600
        ? "\(seconds / 60)m\(seconds % 60)s"
        : "\(seconds / 3600)h\(seconds % 3600 / 60)m"
  }
}
