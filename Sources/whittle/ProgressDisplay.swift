@preconcurrency import Dispatch
import Experiments
import Foundation
import GraphExec
import Synchronization

/// Shows how a study goes on: on a terminal a bar per running model, redrawn in place; elsewhere a line per epoch.
final class ProgressDisplay: StudyObserver {
  private struct Running {
    let run: RunName
    let epochs: Int
    let stepsPerEpoch: Int
    let images: Int
    let firstEpoch: Int
    let started = ContinuousClock.now
    var model: (any Model)?
    var row: MetricsRow?
    var epochsDone: Int
  }
  private struct State {
    var running: [Running] = []
    /// Lines of bars on the terminal at the moment.
    var drawn = 0
  }

  private let state = Mutex(State())
  private let isTerminal: Bool
  private let timer: (any DispatchSourceTimer)?

  init(isTerminal: Bool) {
    self.isTerminal = isTerminal
    guard isTerminal else {
      timer = nil
      return
    }
    let timer = DispatchSource.makeTimerSource(queue: .global())
    self.timer = timer
    timer.schedule(deadline: .now() + 0.2, repeating: 0.2)
    timer.setEventHandler { [weak self] in self?.redraw() }
    timer.resume()
  }

  /// Clears the bars; nothing is shown after that.
  func close() {
    timer?.cancel()
    state.withLock { state in
      Self.write(Self.erase(&state))
      state.running = []
    }
  }

  // MARK: StudyObserver

  func runStarted(_ run: RunName, epochs: Int, stepsPerEpoch: Int, finishedEpochs: Int, images: Int) {
    state.withLock {
      $0.running.append(
        Running(
          run: run, epochs: epochs, stepsPerEpoch: stepsPerEpoch, images: images, firstEpoch: finishedEpochs,
          epochsDone: finishedEpochs))
    }
    if finishedEpochs > 0 { say("\(run): continues after epoch \(finishedEpochs)") }
  }

  func runUsesModel(_ run: RunName, _ model: any Model) { change(run) { $0.model = model } }

  func epochFinished(_ run: RunName, _ row: MetricsRow) {
    change(run) {
      $0.row = row
      $0.epochsDone = row.epoch
    }
    if !isTerminal { say("\(run): \(Self.describe(row))") }
  }

  func runFinished(_ row: SummaryRow) {
    state.withLock { state in state.running.removeAll { $0.run == row.runName } }
    let numbers =
      "train \(Self.percent(row.trainAccuracy)), test \(Self.percent(row.testAccuracy)), "
      + String(format: "%.1f s", row.seconds)
    let note = row.note.isEmpty ? "" : "; \(row.note)"
    say("\(row.runName): \(row.status == .finished ? "done" : "FAILED"), \(numbers)\(note)")
  }

  func warning(_ text: String) { say("warning: \(text)") }

  // MARK: drawing

  private func change(_ run: RunName, _ body: (inout Running) -> Void) {
    state.withLock { state in
      guard let index = state.running.firstIndex(where: { $0.run == run }) else { return }
      body(&state.running[index])
    }
  }

  /// Prints a line that stays, above the bars.
  private func say(_ line: String) {
    state.withLock { state in
      Self.write(Self.erase(&state) + line + "\n")
    }
  }

  private func redraw() {
    state.withLock { state in
      let cleared = Self.erase(&state)
      let width = Self.terminalWidth()
      let bars = state.running.map { Self.bar($0).prefix(width - 1) + "\n" }
      state.drawn = bars.count
      Self.write(cleared + bars.joined())
    }
  }

  /// What goes up a line and clears it, for each line drawn.
  private static func erase(_ state: inout State) -> String {
    defer { state.drawn = 0 }
    return String(repeating: "\u{1B}[1A\u{1B}[2K", count: state.drawn)
  }

  /// In one piece, so that bars do not flicker, and past any buffer.
  static func write(_ text: String) { FileHandle.standardOutput.write(Data(text.utf8)) }

  private static func terminalWidth() -> Int {
    var size = winsize()
    return ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 20 ? Int(size.ws_col) : 100
  }

  private static func bar(_ running: Running) -> String {
    let steps = min(running.model?.completedSteps ?? 0, running.stepsPerEpoch)
    let total = max(running.epochs * running.stepsPerEpoch, 1)
    let inEpoch = running.epochsDone < running.epochs ? steps % running.stepsPerEpoch : 0
    let done = running.epochsDone * running.stepsPerEpoch + inEpoch
    let fraction = Double(done) / Double(total)
    let cells = 20
    let full = Int(fraction * Double(cells))
    let bar = String(repeating: "█", count: full) + String(repeating: "░", count: cells - full)
    let epoch = min(running.epochsDone + 1, max(running.epochs, 1))
    var line = "\(running.run) \(bar) epoch \(epoch)/\(max(running.epochs, 1))"
    if let row = running.row {
      line += String(
        format: "  loss %.4f  test %.2f%%  %.0f images/s", row.trainLoss, row.testAccuracy * 100,
        row.imagesPerSecond)
    }
    let doneHere = done - running.firstEpoch * running.stepsPerEpoch
    if doneHere > 0 {
      let elapsed = (ContinuousClock.now - running.started).seconds
      line += "  \(remaining(elapsed * Double(total - done) / Double(doneHere))) left"
    }
    return line
  }

  private static func remaining(_ seconds: Double) -> String {
    let seconds = Int(seconds.rounded())
    return seconds < 60
      ? "\(seconds)s"
      : seconds < 3600
        ? "\(seconds / 60)m\(seconds % 60)s"
        : "\(seconds / 3600)h\(seconds % 3600 / 60)m"
  }

  private static func describe(_ row: MetricsRow) -> String {
    String(
      format: "epoch %d  loss %.4f  train %.2f%%  test %.2f%%  %.0f images/s", row.epoch, row.trainLoss,
      row.trainAccuracy * 100, row.testAccuracy * 100, row.imagesPerSecond)
  }

  private static func percent(_ value: Double) -> String { String(format: "%.2f%%", value * 100) }
}
