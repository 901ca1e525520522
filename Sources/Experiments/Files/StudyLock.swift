import Glibc

/// The right to write to a study's folder, which one process has at a time.
///
/// The lock is the kernel's (`flock` on a hidden file), so it ends with the process however that ends.
package final class StudyLock: @unchecked Sendable {
  // @unchecked: after `init` the descriptor is only held, and unlocked at most.
  private let file: FileDescriptor

  /// Takes the lock of a folder that exists.
  ///
  /// - Throws: `StudyLockedError` when another process has it; `FileError`.
  package init(folder: String) throws {
    let path = folder + "/.lock"
    file = try FileDescriptor(opening: path, O_RDWR | O_CREAT, to: "lock", displayPath: folder)
    guard flock(file.number, LOCK_EX | LOCK_NB) == 0 else {
      guard errno == EWOULDBLOCK else { throw FileError("lock", folder) }
      let text = String(decoding: (try? file.readToEnd(limit: 64)) ?? [], as: UTF8.self)
      throw StudyLockedError(folder: folder, process: Int32(text.prefix { $0.isNumber }))
    }
    try file.truncate(to: 0)
    try Array("\(getpid())\n".utf8).withUnsafeBytes { try file.write($0) }
  }

  /// Gives the right back before the process ends.
  package func release() { flock(file.number, LOCK_UN) }
}

/// Another process is writing to the study's folder.
package struct StudyLockedError: Error, CustomStringConvertible {
  package let folder: String
  /// Its process id, if it could be read.
  package let process: Int32?

  package var description: String {
    "\(folder) is in use by another whittle\(process.map { " (process \($0))" } ?? ""); "
      + "wait until it is done, or choose another folder with --output"
  }
}
