import Glibc

/// What came of asking for the kernel's lock on an open file (`flock`), which ends with the process however that ends.
package enum FileLock: Equatable, Sendable {
  case taken
  /// Another open file has it.
  case held
  /// The file system has no locks, for the reason of this error number.
  case unsupported(Int32)

  /// Asks for the lock of an open file without waiting.
  ///
  /// - Parameter shared: lets others have it, too, who also ask for no more than that.
  /// - Returns: nil with `errno` set for an error that has nothing to do with locks.
  package static func take(_ descriptor: Int32, shared: Bool = false) -> FileLock? {
    var result: Int32
    repeat {
      result = flock(descriptor, (shared ? LOCK_SH : LOCK_EX) | LOCK_NB)
    } while result != 0 && errno == EINTR
    if result == 0 { return .taken }
    switch errno {
    case EWOULDBLOCK: return .held
    case ENOSYS, ENOLCK, EOPNOTSUPP: return .unsupported(errno)
    default: return nil
    }
  }

  /// Asks for the lock of the file at a path, and gives it back at once; nil where the file cannot be asked for it.
  package static func probe(_ path: String) -> FileLock? {
    // For writing: NFS gives such a lock for nothing else.
    let descriptor = open(path, O_RDWR | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    return take(descriptor)
  }
}
