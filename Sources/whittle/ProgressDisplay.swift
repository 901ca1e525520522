@preconcurrency import Dispatch
import Files
import Foundation
import GraphExec
import Reports
import Studies
import StudyFiles
import Synchronization

/// Shows how a study goes on: on a terminal a bar per running model, redrawn in place; elsewhere a line per epoch.
final class ProgressDisplay: StudyObserver {
  private struct State {
    var study: StudyProgress?
    var running: [RunProgress] = []
    var measuring: MeasuringProgress?
    /// Rows that are redrawn, as many as are on the terminal at the moment.
    var drawn = 0
    /// Why something could not be shown, the first time.
    var failure: (any Error)?
  }

  private let state = Mutex(State())
  private let terminal: Terminal
  private let timer: (any DispatchSourceTimer)?

  init(_ terminal: Terminal) {
    self.terminal = terminal
    guard terminal.isInteractive else {
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
      write(Self.erase(&state), &state)
      state.running = []
      state.measuring = nil
      state.study = nil
    }
  }

  /// Prints a line that stays, above the bars.
  func say(_ line: String) { state.withLock { say(line, &$0) } }

  private func say(_ line: String, _ state: inout State) {
    write(Self.erase(&state) + line + "\n" + (terminal.isInteractive ? draw(&state) : ""), &state)
  }

  /// - Throws: `FileError` when something could not be shown, unless the output was closed on purpose.
  func check() throws {
    guard let failure = state.withLock({ $0.failure }), (failure as? FileError)?.code != EBADF else { return }
    throw failure
  }

  // MARK: StudyObserver

  func studyStarted(runs: Int, finished: Int, epochs: Int) {
    state.withLock { $0.study = StudyProgress(runs: runs, finished: finished, epochs: epochs) }
    if finished > 0, finished < runs { say("goes on: \(finished) of \(runs) runs are done") }
  }

  func runStarted(_ run: String, epochs: Int, stepsPerEpoch: Int, finishedEpochs: Int) {
    state.withLock { state in
      state.study?.resume(after: finishedEpochs)
      state.running.append(
        RunProgress(run: run, epochs: epochs, stepsPerEpoch: stepsPerEpoch, finishedEpochs: finishedEpochs))
      if finishedEpochs > 0 { say("\(run): continues after epoch \(finishedEpochs)", &state) }
    }
  }

  func runUsesModel(_ run: String, _ model: any Model) { change(run) { $0.model = model } }

  func epochFinished(_ run: String, _ row: MetricsRow) {
    change(run) { $0.finish(row) }
    if !terminal.isInteractive { say("\(run): \(RunProgress.describe(row))") }
  }

  func runFinished(_ run: String, _ row: SummaryRow) {
    let numbers =
      row.testAccuracy.isNaN
      ? "" : ", train \(Format.accuracy(row.trainAccuracy)), test \(Format.accuracy(row.testAccuracy))"
    let seconds = row.seconds > 0 ? ", " + Format.duration(row.seconds) : ""
    let note = row.note.isEmpty ? "" : "; \(row.note)"
    state.withLock { state in
      let index = state.running.firstIndex { $0.run == run }
      // What runs share, a dense training, bears another name than its row.
      state.study?.end(index.map { state.running[$0] }, isShared: run != row.runName.description)
      if let index { state.running.remove(at: index) }
      let study = state.study?.text(running: state.running).map { " (\($0))" } ?? ""
      say("\(run): \(row.status == .finished ? "done" : "FAILED")\(numbers)\(seconds)\(note)\(study)", &state)
    }
  }

  func runFinishedElsewhere(_ run: String, _ row: SummaryRow) {
    state.withLock { $0.study?.end(nil, isShared: false) }
  }

  func runLost(_ run: String) { state.withLock { $0.running.removeAll { $0.run == run } } }

  func measuring(runs: Int) {
    state.withLock { state in
      state.measuring = MeasuringProgress(runs: runs)
      say(
        "measuring the speed of \(runs) network\(runs == 1 ? "" : "s"), one by one; --no-measure or Ctrl-C skips it",
        &state)
    }
  }

  func measured(_ row: MeasurementRow) {
    state.withLock { state in
      state.measuring?.next()
      guard !terminal.isInteractive else { return }
      say(
        "\(row.run): a training step \(Format.milliseconds(row.trainStepSeconds)) ms "
          + "(\(Format.ratio(row.trainSpeedup))), the test images \(Format.milliseconds(row.inferenceSeconds)) ms "
          + "(\(Format.ratio(row.inferenceSpeedup)))", &state)
    }
  }

  func warning(_ text: String) { say("warning: \(text)") }

  // MARK: drawing

  private func change(_ run: String, _ body: (inout RunProgress) -> Void) {
    state.withLock { state in
      guard let index = state.running.firstIndex(where: { $0.run == run }) else { return }
      body(&state.running[index])
    }
  }

  private func redraw() { state.withLock { state in write(Self.erase(&state) + draw(&state), &state) } }

  /// The bars, which `erase` must know of: no more than the terminal has rows, or those that scroll away would stay.
  private func draw(_ state: inout State) -> String {
    let size = terminal.size
    let width = size.columns - 1
    var below: [String] = []
    if let study = state.study?.text(running: state.running), !state.running.isEmpty { below.append(study) }
    if let measuring = state.measuring { below.append(measuring.bar(width: width)) }
    // One row stays above them: some terminals take clearing from the first row on for a page that is to be kept.
    let room = max(size.rows - 2 - below.count, 0)
    let shown = state.running.count <= room ? state.running.count : max(room - 1, 0)
    let nameWidth = state.running.prefix(shown).map(\.run.count).max() ?? 0
    var lines = (0..<shown).map { state.running[$0].bar(nameWidth: nameWidth, width: width) }
    if shown < state.running.count, room > 0 {
      lines.append("and \(state.running.count - shown) more at the same time")
    }
    lines += below
    state.drawn = lines.count
    return lines.map { $0.prefix(width) + "\n" }.joined()
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
  private func write(_ text: String, _ state: inout State) {
    do {
      try Output.print(text, terminator: "")
    } catch {
      state.failure = state.failure ?? error
    }
  }
}
