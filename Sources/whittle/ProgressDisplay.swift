@preconcurrency import Dispatch
import Experiments
import Foundation
import GraphExec
import Synchronization

/// Shows how a study goes on: on a terminal a bar per running model, redrawn in place; elsewhere a line per epoch.
final class ProgressDisplay: StudyObserver {
  private struct State {
    var running: [RunProgress] = []
    /// Bars on the terminal at the moment, a row each.
    var drawn = 0
    /// Why something could not be shown, the first time.
    var failure: (any Error)?
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

  /// Clears the bars; no bar is drawn after that.
  func close() {
    timer?.cancel()
    state.withLock { state in
      Self.write(Self.erase(&state), &state)
      state.running = []
    }
  }

  /// Prints a line that stays, above the bars.
  func say(_ line: String) {
    state.withLock { state in
      Self.write(Self.erase(&state) + line + "\n" + (isTerminal ? Self.draw(&state) : ""), &state)
    }
  }

  /// - Throws: `FileError` when something could not be shown, unless the output was closed on purpose.
  func check() throws {
    guard let failure = state.withLock({ $0.failure }), (failure as? FileError)?.code != EBADF else { return }
    throw failure
  }

  // MARK: StudyObserver

  func runStarted(_ run: String, epochs: Int, stepsPerEpoch: Int, finishedEpochs: Int) {
    state.withLock {
      $0.running.append(
        RunProgress(run: run, epochs: epochs, stepsPerEpoch: stepsPerEpoch, finishedEpochs: finishedEpochs))
    }
    if finishedEpochs > 0 { say("\(run): continues after epoch \(finishedEpochs)") }
  }

  func runUsesModel(_ run: String, _ model: any Model) { change(run) { $0.model = model } }

  func epochFinished(_ run: String, _ row: MetricsRow) {
    change(run) { $0.finish(row) }
    if !isTerminal { say("\(run): \(Self.describe(row))") }
  }

  func runFinished(_ run: String, _ row: SummaryRow) {
    state.withLock { state in state.running.removeAll { $0.run == run } }
    let numbers =
      row.testAccuracy.isNaN
      ? ""
      : ", train \(Self.percent(row.trainAccuracy)), test \(Self.percent(row.testAccuracy)), "
        + String(format: "%.1f s", row.seconds)
    let note = row.note.isEmpty ? "" : "; \(row.note)"
    say("\(run): \(row.status == .finished ? "done" : "FAILED")\(numbers)\(note)")
  }

  func measuring(runs: Int) { say("measuring the speed of \(runs) network\(runs == 1 ? "" : "s")") }

  func warning(_ text: String) { say("warning: \(text)") }

  // MARK: drawing

  private func change(_ run: String, _ body: (inout RunProgress) -> Void) {
    state.withLock { state in
      guard let index = state.running.firstIndex(where: { $0.run == run }) else { return }
      body(&state.running[index])
    }
  }

  private func redraw() {
    state.withLock { state in
      Self.write(Self.erase(&state) + Self.draw(&state), &state)
    }
  }

  /// The bars, which `erase` must know of.
  private static func draw(_ state: inout State) -> String {
    let width = terminalWidth() - 1
    let nameWidth = state.running.map(\.run.count).max() ?? 0
    let bars = state.running.indices.map { state.running[$0].bar(nameWidth: nameWidth, width: width) }
    state.drawn = bars.count
    return bars.map { $0 + "\n" }.joined()
  }

  /// What goes up to the first bar and clears from there.
  ///
  /// A terminal that was made narrower may have folded bars into more rows, of which some then stay: terminals differ, and
  /// going up too far would erase lines that are to stay. The carriage return is for the ^C that terminals echo.
  private static func erase(_ state: inout State) -> String {
    defer { state.drawn = 0 }
    return state.drawn == 0 ? "" : "\r\u{1B}[\(state.drawn)A\u{1B}[J"
  }

  /// In one piece, so that bars do not flicker. What cannot be shown stops no study; it is told in the end.
  private static func write(_ text: String, _ state: inout State) {
    do {
      try Output.print(text, terminator: "")
    } catch {
      state.failure = state.failure ?? error
    }
  }

  private static func terminalWidth() -> Int {
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 100 }
    return max(Int(size.ws_col), 2)
  }

  private static func describe(_ row: MetricsRow) -> String {
    String(
      format: "epoch %d  loss %.4f  train %.2f%%  test %.2f%%  %.0f images/s", row.epoch, row.trainLoss,
      row.trainAccuracy * 100, row.testAccuracy * 100, row.imagesPerSecond)
  }

  private static func percent(_ value: Double) -> String { String(format: "%.2f%%", value * 100) }
}
