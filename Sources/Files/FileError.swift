import Glibc

/// A call of the file system that failed: what was tried, on which path, why, and what to do about it.
package struct FileError: Error, CustomStringConvertible {
  /// What was tried, as the sentence says it: `cannot <action> <path>`.
  package let action: String
  package let path: String
  /// The system's error number.
  package let code: Int32

  /// Takes the error number of the call that just failed.
  package init(_ action: String, _ path: String, code: Int32 = errno) {
    self.action = action
    self.path = path
    self.code = code
  }

  /// Whether it failed since nothing is at the path.
  package var isMissingFile: Bool { code == ENOENT }

  package var description: String {
    let reason = String(cString: strerror(code)).lowercased()
    return "cannot \(action) \(path): \(reason)" + (remedy.map { "; \($0)" } ?? "")
  }

  private var remedy: String? {
    switch code {
    case ENOSPC, EDQUOT:
      "free some space and run the same command again, what was already written is intact"
    case EFBIG: "raise the limit on file sizes (ulimit -f), what was already written is intact"
    case EACCES, EPERM, EROFS: "check the permissions, or choose another folder"
    case ENOENT: "check the path"
    case EISDIR: "a file is needed, this is a folder"
    case EOPNOTSUPP: "a file is needed, this is a device or a pipe"
    case ENOTDIR, EEXIST: "a part of the path is a file where a folder is needed"
    case EBADF: "the stream is closed"
    case EMFILE, ENFILE: "raise the limit on open files (ulimit -n)"
    default: nil
    }
  }
}

/// A file whose content is not what it should be: which file, what is wrong, and what to do about it.
package struct FileFormatError: Error, CustomStringConvertible {
  package let path: String
  package let problem: String

  package init(_ path: String, _ problem: String) {
    self.path = path
    self.problem = problem
  }

  package var description: String { "\(path): \(problem)" }
}
