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
  /// Its number among the process's temporaries.
  private let number: Int
  private var isCommitted = false

  private static let suffix = ".tmp"
  /// Digits of the largest `UInt64` to the base of 36; smaller ones begin with zeros.
  private static let tagLength = 13

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
    let digits = String(UInt64.random(in: .min ... .max), radix: 36)
    let tag = String(repeating: "0", count: Self.tagLength - digits.count) + digits
    let temporaryPath = "\(FileSystem.folder(of: path))/\(Self.prefix(for: path))\(tag)\(Self.suffix)"
    self.temporaryPath = temporaryPath
    (file, number) = try Temporaries.make {
      let file = try FileDescriptor(
        opening: temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, to: "write", displayPath: path)
      // Tells others that this is being written, and not left over; where there are no locks, they leave it alone.
      _ = FileLock.take(file.number)
      return (file, { unlink(temporaryPath) })
    }
  }

  deinit {
    if !isCommitted { _ = Temporaries.finish(number) { unlink(temporaryPath) } }
  }

  /// What the names of temporary files for a path begin with: its own name, shortened so that theirs are not longer.
  private static func prefix(for path: String) -> String {
    var name = FileSystem.name(of: path)
    let room = max(name.utf8.count, 64) - tagLength - suffix.utf8.count - 2
    while name.utf8.count > room { name.removeLast() }
    return ".\(name)."
  }

  /// Whether this is the tag of a temporary file, and not a word that somebody chose.
  private static func isTag(_ text: Substring) -> Bool {
    text.utf8.count == tagLength
      && text.utf8.allSatisfy {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
          || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
      }
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
    try Replacing.check()
    if let previousPath {
      guard rename(path, previousPath) == 0 || errno == ENOENT else { throw FileError("write", previousPath) }
    }
    try Temporaries.finish(number) {
      guard rename(temporaryPath, path) == 0 else {
        let error = FileError("write", path)
        unlink(temporaryPath)
        throw error
      }
    }
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

  /// Removes the temporary files for one path that killed processes left, in a folder that others may be writing to.
  package static func removeLeftovers(of path: String) { removeLeftovers(of: [path]) }

  /// Removes the temporary files for some paths that killed processes left; each of their folders is looked at once.
  package static func removeLeftovers(of paths: [String]) {
    // Where the temporary files of a link are: beside what it leads to.
    let targets = paths.compactMap { try? FileSystem.resolvingLink($0) }
    for (folder, targets) in Dictionary(grouping: targets, by: FileSystem.folder(of:)) {
      let hidden = ((try? FileSystem.names(in: folder)) ?? []).filter {
        $0.hasPrefix(".") && $0.hasSuffix(suffix)
      }
      for start in targets.map(prefix(for:)) {
        for name in hidden
        where name.hasPrefix(start) && isTag(name.dropFirst(start.count).dropLast(suffix.count)) {
          let candidate = folder + "/" + name
          // What cannot be told, or removed, does no harm.
          if FileLock.probe(candidate) == .taken { try? FileSystem.remove(candidate) }
        }
      }
    }
  }
}
