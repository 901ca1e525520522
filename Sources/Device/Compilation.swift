import Foundation

/// One compilation at a time in this process.
///
/// PoCL 3.1 guards its compiler per context only; two contexts that build, or launch a kernel for the first time, at
/// once corrupt its heap. Models are warmed up inside this lock, so that training never compiles.
public enum Compilation {
  private static let lock = NSRecursiveLock()

  /// Runs `body` while no other thread builds a program or warms up a kernel.
  public static func exclusively<Result>(_ body: () throws -> Result) rethrows -> Result {
    lock.lock()
    defer { lock.unlock() }
    return try body()
  }
}
