import Glibc

/// The few operations on paths that a study needs, with errors that say what to do.
package enum FileSystem {
  /// The whole content of a file.
  ///
  /// - Throws: `FileError`; a file of more than `limit` bytes is refused before it fills the memory.
  package static func read(_ path: String, limit: Int = 1 << 36) throws -> [UInt8] {
    try FileDescriptor(opening: path, O_RDONLY, to: "read").readToEnd(limit: limit)
  }

  /// The content of a file of text, without the byte order mark that some editors begin it with.
  ///
  /// - Throws: `FileError`; `FileFormatError` when it is not UTF-8.
  package static func readText(_ path: String) throws -> String {
    guard let text = String(validating: try read(path), as: UTF8.self) else {
      throw FileFormatError(path, "the text is not UTF-8")
    }
    return text.unicodeScalars.first == "\u{feff}" ? String(text.unicodeScalars.dropFirst()) : text
  }

  /// Writes a file of text in place, for files that nobody else sees; `AtomicFile` is for all others.
  ///
  /// - Throws: `FileError`.
  package static func writeInPlace(_ text: String, to path: String) throws {
    let file = try FileDescriptor(opening: path, O_WRONLY | O_CREAT | O_TRUNC, to: "write")
    try Array(text.utf8).withUnsafeBytes { try file.write($0) }
  }

  /// Writes all of the bytes to an open file or stream.
  ///
  /// - Throws: `FileError`, which calls it `name`.
  package static func write(
    _ bytes: UnsafeRawBufferPointer, toDescriptor number: Int32, named name: String
  ) throws {
    var rest = bytes
    while !rest.isEmpty {
      let count = Glibc.write(number, rest.baseAddress, rest.count)
      if count >= 0 {
        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      } else if errno == EAGAIN {
        // A stream that a program before this one has left non-blocking.
        var wanted = pollfd(fd: number, events: Int16(POLLOUT), revents: 0)
        poll(&wanted, 1, -1)
      } else if errno != EINTR {
        throw FileError("write", name)
      }
    }
  }

  /// The length of a file in bytes.
  ///
  /// - Throws: `FileError`.
  package static func size(_ path: String) throws -> Int {
    var status = stat()
    guard stat(path, &status) == 0 else { throw FileError("read", path) }
    return Int(status.st_size)
  }

  /// Waits until what was written to a file, or to a folder's list of names, is on the disk.
  ///
  /// - Throws: `FileError`.
  package static func synchronize(_ path: String) throws {
    try FileDescriptor(opening: path, O_RDONLY, to: "write").synchronize()
  }

  /// Whether something is at this path.
  package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// Makes a folder and those above it; one that is there already is fine.
  ///
  /// - Throws: `FileError`.
  package static func createFolder(_ path: String) throws {
    var status = stat()
    if stat(path, &status) == 0 {
      guard status.st_mode & S_IFMT == S_IFDIR else {
        throw FileError("create the folder", path, code: ENOTDIR)
      }
      return
    }
    let above = folder(of: path)
    if above != path { try createFolder(above) }
    guard mkdir(path, 0o755) == 0 || errno == EEXIST else { throw FileError("create the folder", path) }
  }

  /// The names in a folder, sorted.
  ///
  /// - Throws: `FileError`.
  package static func names(in folder: String) throws -> [String] {
    guard let handle = opendir(folder) else { throw FileError("read the folder", folder) }
    defer { closedir(handle) }
    var names: [String] = []
    while let entry = readdir(handle) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// Removes a file, or a folder with all that is in it; symbolic links are removed, not followed.
  ///
  /// - Throws: `FileError`, but not where nothing is there.
  package static func remove(_ path: String) throws {
    if isFolder(path) {
      for name in try names(in: path) { try remove(path + "/" + name) }
      guard rmdir(path) == 0 || errno == ENOENT else { throw FileError("remove", path) }
    } else {
      guard unlink(path) == 0 || errno == ENOENT else { throw FileError("remove", path) }
    }
  }

  /// Removes a file, and no folder that bears its name.
  ///
  /// - Throws: `FileError`, but not where nothing is there.
  package static func removeFile(_ path: String) throws {
    guard unlink(path) == 0 || [ENOENT, ENOTDIR, EISDIR].contains(errno) else {
      throw FileError("remove", path)
    }
  }

  /// Gives others the time to close a file.
  package static func waitForOthers() { usleep(50_000) }

  /// Removes a folder that is empty; one that holds anything stays.
  ///
  /// Network file systems keep a file that some process has open under another name (`.nfs...`), and its folder with it,
  /// until it is closed: such a folder is tried again for about a second.
  ///
  /// - Parameter wait: called before each further attempt.
  /// - Throws: `FileError`.
  package static func removeIfEmpty(_ path: String, wait: () -> Void = waitForOthers) throws {
    for _ in 0..<20 {
      guard rmdir(path) != 0 else { return }
      let code = errno
      switch code {
      case ENOENT, ENOTDIR: return
      case ENOTEMPTY, EEXIST, EBUSY:
        if try names(in: path).contains(where: { !$0.hasPrefix(".nfs") }) { return }
        wait()
      default: throw FileError("remove", path, code: code)
      }
    }
  }

  /// Renames a file, replacing what is at the new path.
  ///
  /// - Throws: `FileError`.
  package static func move(_ path: String, to newPath: String) throws {
    guard rename(path, newPath) == 0 else { throw FileError("write", newPath) }
  }

  /// Whether the path itself (not what a link points at) is a folder.
  package static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// Whether the path is a folder, or a link that leads to one.
  package static func leadsToFolder(_ path: String) -> Bool { kind(ofTarget: path) == S_IFDIR }

  /// What is at the path, links followed, in the words of `stat` (`S_IFREG`, `S_IFDIR`...); nil where nothing is.
  static func kind(ofTarget path: String) -> mode_t? {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & S_IFMT : nil
  }

  /// The path of what a link leads to; any other path as it is.
  ///
  /// - Throws: `FileError` for a link that leads nowhere.
  static func resolvingLink(_ path: String) throws -> String {
    var status = stat()
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK else { return path }
    guard let resolved = realpath(path, nil) else { throw FileError("write", path) }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  /// What a symbolic link says, whether it leads anywhere or not.
  ///
  /// - Throws: `FileError`.
  package static func target(ofLink path: String) throws -> String {
    var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let count = buffer.withUnsafeMutableBytes { bytes in
      bytes.withMemoryRebound(to: CChar.self) { chars in
        chars.baseAddress.map { readlink(path, $0, chars.count) } ?? -1
      }
    }
    guard count >= 0 else { throw FileError("read", path) }
    return String(decoding: buffer[..<count], as: UTF8.self)
  }

  /// Makes a symbolic link, with what it says, at once.
  ///
  /// - Returns: false where something of that name is there.
  /// - Throws: `FileError`.
  package static func createLink(to target: String, at path: String) throws -> Bool {
    if symlink(target, path) == 0 { return true }
    guard errno == EEXIST else { throw FileError("write", path) }
    return false
  }

  /// When a file was last written, in seconds since 1970 by the clock of the file system; nil where there is none.
  package static func modificationTime(of path: String) -> Double? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    return Double(status.st_mtim.tv_sec) + Double(status.st_mtim.tv_nsec) * 1e-9
  }

  /// The folder that holds a path.
  package static func folder(of path: String) -> String {
    let trimmed = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    guard let slash = trimmed.lastIndex(of: "/") else { return "." }
    return slash == trimmed.startIndex ? "/" : String(trimmed[..<slash])
  }

  /// The last part of a path.
  package static func name(of path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
  }
}
