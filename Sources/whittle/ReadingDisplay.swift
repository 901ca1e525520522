import Foundation
import Synchronization

/// Shows how far the reading of many files has come, on standard error: redrawn in place on a terminal, else a line now and
/// then. What is read at once is not worth a word.
final class ReadingDisplay: Sendable {
  private struct State {
    var shown = ContinuousClock.now
    var isShown = false
  }

  private let state = Mutex(State())
  private let isInteractive = Terminal.errors.isInteractive

  /// Takes what a reader reports; from any thread.
  func report(_ done: Int, of all: Int) {
    state.withLock { state in
      let now = ContinuousClock.now
      guard now - state.shown >= (isInteractive ? .milliseconds(200) : .seconds(5)) else { return }
      state.shown = now
      let text = "reading images: \(done) of \(all)"
      Output.tell(isInteractive ? "\r\u{1b}[K\(text)" : text + "\n")
      state.isShown = true
    }
  }

  /// Clears the line.
  func close() {
    state.withLock { state in
      if state.isShown, isInteractive { Output.tell("\r\u{1b}[K") }
      state.isShown = false
    }
  }
}
