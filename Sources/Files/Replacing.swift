import Glibc

/// The right to replace files, which a thread asks for right before each of them: where others may have taken over what is
/// written.
package enum Replacing {
  private final class Check {
    let outer: Check?
    let body: () throws -> Void

    init(_ body: @escaping () throws -> Void, outer: Check?) {
      self.body = body
      self.outer = outer
    }
  }

  /// A thread's innermost check. Not a task local: those do not work in threads that are no tasks.
  private static let key: pthread_key_t = {
    var key = pthread_key_t()
    precondition(pthread_key_create(&key, nil) == 0, "no room for a thread's own values")
    return key
  }()

  private static var current: Check? {
    pthread_getspecific(key).map { Unmanaged<Check>.fromOpaque($0).takeUnretainedValue() }
  }

  /// Calls `body`; each `AtomicFile` that it commits asks `check` before it takes its place, and does not where that throws.
  package static func after<Value>(
    _ check: @escaping () throws -> Void, _ body: () throws -> Value
  ) rethrows -> Value {
    let outer = current
    let inner = Check(check, outer: outer)
    pthread_setspecific(key, Unmanaged.passUnretained(inner).toOpaque())
    defer { pthread_setspecific(key, outer.map { Unmanaged.passUnretained($0).toOpaque() }) }
    return try withExtendedLifetime(inner) { try body() }
  }

  /// Asks the thread's checks.
  static func check() throws {
    var next = current
    while let check = next {
      try check.body()
      next = check.outer
    }
  }
}
