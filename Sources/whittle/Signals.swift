import Files
import Foundation
import Synchronization

/// The signals that ask a process to end, from its first moment on. Those that the parent ignores stay ignored.
///
/// A handler runs in the middle of anything and may do next to nothing: it sends the number to a thread, which acts.
enum Signals {
  /// From a person, a terminal that closes, a scheduler, a limit on processor time.
  private static let ending = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGXCPU]
  /// Where handlers write numbers to; set once, before there is a handler.
  nonisolated(unsafe) private static var sender: Int32 = -1
  /// Those that are not ignored.
  private static let handled = Mutex<[Int32]>([])
  private static let action = Mutex<@Sendable (Int32) -> Void>({ end(by: $0) })

  /// Takes the signals over: each ends the process as it would have, without its temporary files.
  static func takeOver() {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { return }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    let receiver = ends[0]
    sender = ends[1]
    Thread.detachNewThread {
      var number: UInt8 = 0
      var request = pollfd(fd: receiver, events: Int16(POLLIN), revents: 0)
      while true {
        // LLVM, in OpenCL drivers, puts handlers of its own in the place of these when it compiles.
        for number in handled.withLock({ $0 }) { install(send, for: number) }
        guard poll(&request, 1, 200) == 1, read(receiver, &number, 1) == 1 else { continue }
        action.withLock { $0 }(Int32(number))
      }
    }
    // A file that grows beyond a limit: the write fails, and says so.
    if !isIgnored(SIGXFSZ) { install({ _ in }, for: SIGXFSZ) }
    ending.forEach(handle)
  }

  /// Lets `body` decide about each signal, a standard output that nobody reads any more (SIGPIPE) included.
  static func take(_ body: @escaping @Sendable (Int32) -> Void) {
    action.withLock { $0 = body }
    handle(SIGPIPE)
  }

  private static let send: @convention(c) (Int32) -> Void = { number in
    let error = errno
    var byte = UInt8(truncatingIfNeeded: number)
    _ = write(Signals.sender, &byte, 1)
    errno = error
  }

  private static func handle(_ number: Int32) {
    guard !isIgnored(number) else { return }
    handled.withLock { $0.append(number) }
    install(send, for: number)
    // A parent that waits for signals elsewhere may have blocked it for itself, and so for its children.
    var set = sigset_t()
    sigemptyset(&set)
    sigaddset(&set, number)
    pthread_sigmask(SIG_UNBLOCK, &set, nil)
  }

  private static func install(_ handler: @escaping @convention(c) (Int32) -> Void, for number: Int32) {
    var new = sigaction()
    new.__sigaction_handler.sa_handler = handler
    new.sa_flags = SA_RESTART
    sigaction(number, &new, nil)
  }

  private static func isIgnored(_ number: Int32) -> Bool {
    var current = sigaction()
    sigaction(number, nil, &current)
    return unsafeBitCast(current.__sigaction_handler.sa_handler, to: Int.self)
      == unsafeBitCast(SIG_IGN, to: Int.self)
  }

  private static func end(by number: Int32) -> Never {
    Temporaries.removeAll {
      signal(number, SIG_DFL)
      kill(getpid(), number)
      _exit(Exit.code(ofSignal: number))
    }
  }
}
