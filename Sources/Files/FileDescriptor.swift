import Glibc

/// An open file that closes itself, with the loops that interrupted and partial system calls need.
package final class FileDescriptor {
  let path: String
  package let number: Int32
  private static let unknownSizeLimit = 1 << 30

  /// Opens a file; errors name `displayPath`, which is the path itself unless told otherwise.
  ///
  /// - Throws: `FileError`, which says that `action` failed.
  package init(opening path: String, _ flags: Int32, to action: String, displayPath: String? = nil) throws {
    self.path = displayPath ?? path
    var descriptor: Int32
    repeat { descriptor = open(path, flags | O_CLOEXEC, 0o666) } while descriptor < 0 && errno == EINTR
    guard descriptor >= 0 else { throw FileError(action, self.path) }
    number = descriptor
  }

  deinit { close(number) }

  /// Writes all of the bytes at the current position.
  package func write(_ bytes: UnsafeRawBufferPointer) throws {
    try FileSystem.write(bytes, toDescriptor: number, named: path)
  }

  /// Reads from the current position to the end.
  ///
  /// - Throws: `FileError`, or `FileFormatError` when there are more than `limit` bytes.
  package func readToEnd(limit: Int) throws -> [UInt8] {
    var status = stat()
    guard fstat(number, &status) == 0 else { throw FileError("read", path) }
    guard status.st_mode & S_IFMT != S_IFDIR else { throw FileError("read", path, code: EISDIR) }
    // What tells no size, a pipe or a device, may never end.
    let limit = status.st_mode & S_IFMT == S_IFREG ? limit : min(limit, Self.unknownSizeLimit)
    var bytes: [UInt8] = []
    while true {
      // One byte more than the expected size, so that the end is seen without growing the array.
      let wanted = min(max(Int(status.st_size) - bytes.count + 1, 1 << 16), limit - bytes.count + 1)
      let old = bytes.count
      let more = try [UInt8](unsafeUninitializedCapacity: wanted) { buffer, count in
        repeat { count = Glibc.read(number, buffer.baseAddress, wanted) } while count < 0 && errno == EINTR
        if count < 0 {
          count = 0
          throw FileError("read", path)
        }
      }
      if more.isEmpty { return bytes }
      if old == 0 { bytes = more } else { bytes += more }
      guard bytes.count <= limit else {
        throw FileFormatError(path, "has more than \(limit) bytes, more than such a file needs")
      }
    }
  }

  /// The first bytes from the current position on, fewer where the file ends.
  ///
  /// - Throws: `FileError`.
  package func readStart(_ count: Int) throws -> [UInt8] {
    try [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      var size = -1
      repeat { size = Glibc.read(number, buffer.baseAddress, count) } while size < 0 && errno == EINTR
      guard size >= 0 else { throw FileError("read", path) }
      initialized = size
    }
  }

  /// Waits until the file's content is on the disk.
  package func synchronize() throws {
    var result: Int32
    repeat { result = fsync(number) } while result != 0 && errno == EINTR
    // Pipes and some special files cannot be synchronised, and need not be.
    guard result == 0 || errno == EINVAL || errno == EROFS else { throw FileError("write", path) }
  }

  /// Truncates the file to `length` bytes.
  package func truncate(to length: UInt64) throws {
    guard ftruncate(number, off_t(length)) == 0 else { throw FileError("truncate", path) }
  }

  /// The file's length in bytes.
  package func length() throws -> UInt64 {
    var status = stat()
    guard fstat(number, &status) == 0 else { throw FileError("read", path) }
    return UInt64(status.st_size)
  }
}
