@preconcurrency import Dispatch
import Experiments
import Foundation
import Synchronization

/// Ctrl-C and a polite kill: the first one asks the study to stop, a second one ends the process at once.
final class Interrupts: Sendable {
  /// What the study looks at.
  let signal = StopSignal()
  private let received: Received
  private let sources: [any DispatchSourceSignal]

  private final class Received: Sendable {
    let number = Atomic<Int32>(0)
  }

  /// Takes both signals over for the rest of the process.
  init() {
    let received = Received()
    self.received = received
    sources = [SIGINT, SIGTERM].map { [signal] number in
      Foundation.signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        if received.number.exchange(number, ordering: .relaxed) != 0 { _exit(Exit.code(ofSignal: number)) }
        signal.stop()
      }
      source.resume()
      return source
    }
  }

  /// The error with the signal that brought it about, where one did.
  func explain(_ error: any Error) -> any Error {
    let number = received.number.load(ordering: .relaxed)
    guard let stopped = error as? StudyInterrupted, number != 0 else { return error }
    return Interrupted(signal: number, study: stopped)
  }
}

/// A signal stopped the study.
struct Interrupted: Error, CustomStringConvertible {
  let signal: Int32
  let study: StudyInterrupted

  var description: String { study.description }
}
