import Foundation
import Studies
import Synchronization

/// Signals while a study or a search is under way: the first one asks it to stop, and a key that is pressed again ends the process at
/// once.
final class Interrupts: Sendable {
  private struct Received {
    /// What the exit code tells.
    var first: Int32?
    var all: Set<Int32> = []

    mutating func add(_ number: Int32) {
      // Only keys: a terminal that closes sends its signal several times, and so does timeout(1).
      if !all.insert(number).inserted, [SIGINT, SIGQUIT].contains(number) {
        _exit(Exit.code(ofSignal: number))
      }
      // Ctrl-C meets the reader of the output too; that it ends first does not count.
      if first == nil || first == SIGPIPE { first = number }
    }
  }

  /// What is under way looks at this.
  let signal = StopSignal()
  private let received = Mutex(Received())

  /// Takes the signals over for the rest of the process.
  init() {
    Signals.take { [self] number in
      received.withLock { $0.add(number) }
      signal.stop()
    }
  }

  /// The error with the signal that brought it about, where one did.
  func explain(_ error: any Error) -> any Error {
    guard let stopped = error as? StudyInterrupted, let number else { return error }
    return Interrupted(signal: number, description: stopped.description)
  }

  /// The signal that came first; nil where none did.
  var number: Int32? { received.withLock { $0.first } }
}

/// A signal stopped what was under way.
struct Interrupted: Error, CustomStringConvertible {
  let signal: Int32
  let description: String
}
