import Synchronization

/// What must not outlive this process, though a signal ends it: temporary files, and programs that write them.
package enum Temporaries {
  private struct State {
    var next = 0
    var removals: [Int: @Sendable () -> Void] = [:]
  }

  private static let state = Mutex(State())

  /// Makes something temporary; `body` returns it with what removes it.
  ///
  /// - Returns: what was made, and the number to `finish` it by.
  package static func make<Made>(
    _ body: () throws -> (Made, @Sendable () -> Void)
  ) rethrows -> (Made, Int) {
    // Under the lock: nothing can be made, or become permanent, once everything is removed.
    try state.withLock { state in
      let (made, removal) = try body()
      state.next += 1
      state.removals[state.next] = removal
      return (made, state.next)
    }
  }

  /// Ends what was made: `body` removes it or makes it permanent.
  package static func finish<Result>(_ number: Int, _ body: () throws -> Result) rethrows -> Result {
    try state.withLock { state in
      defer { state.removals[number] = nil }
      return try body()
    }
  }

  /// Removes everything, the newest first, and ends the process.
  package static func removeAll(andEnd end: () -> Never) -> Never {
    state.withLock { state in
      for (_, remove) in state.removals.sorted(by: { $0.key > $1.key }) { remove() }
      end()
    }
  }
}
