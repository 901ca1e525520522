import Files
import Glibc

/// The right to write to a folder, a study's for example, which one process has at a time, or several that share it.
///
/// The lock is the kernel's, on a hidden file.
package final class StudyLock: @unchecked Sendable {
  // @unchecked: after `init` the descriptor is only held, and unlocked at most.
  private let file: FileDescriptor
  /// The hidden file.
  package static let name = ".lock"
  /// What people should know where the file system has no locks; nil where it has.
  package let warning: String?

  /// Takes the lock of a folder that exists.
  ///
  /// - Parameter shared: keeps out only those that need the folder for themselves; where the file system has no locks, the
  ///   claims of the others do.
  /// - Throws: `StudyLockedError` when another process has it; `FileError`.
  package init(folder: String, shared: Bool = false) throws {
    file = try FileDescriptor(
      opening: folder + "/" + Self.name, O_RDWR | O_CREAT, to: "lock", displayPath: folder)
    switch FileLock.take(file.number, shared: shared) {
    case .taken: warning = nil
    case .unsupported(let code):
      let reason = String(cString: strerror(code)).lowercased()
      warning =
        shared
        ? nil
        : "\(folder) cannot be locked on this file system (\(reason)); let no other whittle write to it meanwhile"
    case .held:
      let text = String(decoding: (try? file.readToEnd(limit: 64)) ?? [], as: UTF8.self)
      throw StudyLockedError(folder: folder, process: Int32(text.prefix { $0.isNumber }))
    case nil: throw FileError("lock", folder)
    }
    guard !shared else { return }
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
