import Glibc

/// A file that appears complete or not at all.
///
/// The content goes to a hidden temporary file in the same folder, which is synchronised to the disk and then renamed
/// over the target; a crash, a full disk or a power cut leaves the old content in place. A file that is dropped
/// without `commit()` leaves nothing behind.
package final class AtomicFile {
  /// Where the content appears. A link is followed: what it points at is replaced, not the link.
  package let path: String
  private let temporaryPath: String
  private let file: FileDescriptor
  private var isCommitted = false

  private static let suffix = ".tmp"

  /// Starts a new content for `path`, whose folder must exist.
  ///
  /// - Throws: `FileError`.
  package init(_ path: String) throws {
    // Found now, not after the content of a long computation has been written; and nothing is renamed over a device.
    switch FileSystem.kind(ofTarget: path) {
    case nil: self.path = path
    case S_IFREG?: self.path = try FileSystem.resolvingLink(path)
    case S_IFDIR?: throw FileError("write", path, code: EISDIR)
    default: throw FileError("write", path, code: EOPNOTSUPP)
    }
    let path = self.path
    let tag = String(UInt64.random(in: .min ... .max), radix: 36)
    temporaryPath = "\(FileSystem.folder(of: path))/.\(FileSystem.name(of: path)).\(tag)\(Self.suffix)"
    file = try FileDescriptor(
      opening: temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, to: "write", displayPath: path)
  }

  deinit {
    if !isCommitted { unlink(temporaryPath) }
  }

  /// Appends bytes to the new content.
  ///
  /// - Throws: `FileError`, a full disk among others; the old content stays.
  package func write(_ bytes: UnsafeRawBufferPointer) throws { try file.write(bytes) }

  /// Appends bytes to the new content.
  ///
  /// - Throws: `FileError`.
  package func write(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try file.write($0) } }

  /// Makes the new content the file's, on the disk.
  ///
  /// - Parameter previousPath: where the old content, if there is any, moves to.
  /// - Throws: `FileError`; the old content stays.
  package func commit(keepingPreviousAt previousPath: String? = nil) throws {
    try file.synchronize()
    if let previousPath {
      guard rename(path, previousPath) == 0 || errno == ENOENT else { throw FileError("write", previousPath) }
    }
    guard rename(temporaryPath, path) == 0 else { throw FileError("write", path) }
    isCommitted = true
    try FileSystem.synchronize(FileSystem.folder(of: path))
  }

  /// Replaces the content of the file at `path`, whose folder must exist.
  ///
  /// - Throws: `FileError`; the old content stays.
  package static func write(_ bytes: [UInt8], to path: String) throws {
    let file = try AtomicFile(path)
    try file.write(bytes)
    try file.commit()
  }

  /// Replaces the content of the file at `path` by UTF-8 text.
  ///
  /// - Throws: `FileError`; the old content stays.
  package static func write(_ text: String, to path: String) throws {
    try write(Array(text.utf8), to: path)
  }

  /// Removes the temporary files that killed processes left in a folder and those below it.
  ///
  /// Only for a folder that no other process writes to: call it under the study's lock.
  package static func removeLeftovers(in folder: String) throws {
    for name in try FileSystem.names(in: folder) {
      let path = folder + "/" + name
      if FileSystem.isFolder(path) {
        try removeLeftovers(in: path)
      } else if name.hasPrefix("."), name.hasSuffix(suffix) {
        try FileSystem.remove(path)
      }
    }
  }
}
