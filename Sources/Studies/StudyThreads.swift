import Dispatch
import Foundation
import Synchronization

/// The threads of a study. Threads and not tasks: a run waits for its device, and must not hold a thread of the
/// cooperative pool.
final class StudyThreads: Sendable {
  private let signal: StopSignal
  private let running = DispatchGroup()
  private let failure = Mutex<(any Error)?>(nil)

  init(stoppedBy signal: StopSignal) { self.signal = signal }

  /// Starts a thread. What stops one of them (a full disk, a lost device) would stop the others, some epochs later: so
  /// an error stops all.
  func start(_ name: String, _ body: @escaping @Sendable () throws -> Void) {
    running.enter()
    let thread = Thread { [self] in
      defer { running.leave() }
      do {
        try body()
      } catch {
        // That a thread was stopped says less than why.
        failure.withLock { if $0 == nil || $0 is StudyInterrupted { $0 = error } }
        signal.stop()
      }
    }
    thread.name = name
    thread.stackSize = 8 << 20
    thread.start()
  }

  /// Waits until all threads have ended; once the signal was given, no longer than a second.
  ///
  /// A thread whose device has a long epoch before it cannot be woken, and is left to it.
  ///
  /// - Throws: the first error of a thread; `StudyInterrupted` when the signal was given.
  func wait() throws {
    var patience = 10
    while patience > 0, running.wait(timeout: .now() + .milliseconds(100)) == .timedOut {
      if signal.isStopped { patience -= 1 }
    }
    if let error = failure.withLock({ $0 }) { throw error }
    try signal.check()
  }
}
