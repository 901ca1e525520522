import Foundation

/// The file that a download grows in until it is complete, locked against other downloads.
final class PartialFile {
  let path: String
  private(set) var size: Int
  /// Why other downloads could not be locked out; nil where they are.
  let lockProblem: String?
  private let descriptor: Int32

  /// Opens what an earlier download left, or an empty file.
  ///
  /// - Throws: `DownloadError` if it cannot be written or another process is writing it.
  init(path: String) throws {
    self.path = path
    descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw DownloadError("\(path): it cannot be written: \(String(cString: strerror(errno)))")
    }
    var code: Int32
    repeat { code = flock(descriptor, LOCK_EX | LOCK_NB) == 0 ? 0 : errno } while code == EINTR
    switch code {
    case 0: lockProblem = nil
    // The file system has no locks.
    case ENOSYS, ENOLCK, EOPNOTSUPP: lockProblem = String(cString: strerror(code))
    default:
      close(descriptor)
      throw DownloadError(
        code == EWOULDBLOCK
          ? "\(path): another download is writing it; wait for it to end"
          : "\(path): it cannot be locked: \(String(cString: strerror(code)))")
    }
    size = Int(lseek(descriptor, 0, SEEK_END))
  }

  deinit {
    close(descriptor)
  }

  /// Adds bytes at the end.
  func append(_ bytes: UnsafeRawBufferPointer) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else {
        throw DownloadError(
          "\(path): it cannot be written: \(String(cString: strerror(errno))); what is there is kept, "
            + "and the same command goes on from it")
      }
      rest.removeFirst(count)
      size += count
    }
  }

  /// Throws the content away.
  func clear() throws {
    guard ftruncate(descriptor, 0) == 0 else {
      throw DownloadError("\(path): it cannot be emptied: \(String(cString: strerror(errno)))")
    }
    size = 0
  }

  /// True if the content so far starts as gzip data does.
  var isGzip: Bool {
    var magic: (UInt8, UInt8) = (0, 0)
    return pread(descriptor, &magic, 2, 0) == 2 && magic == (0x1f, 0x8b)
  }

  /// Gives the complete file its name, in one step and for good.
  func publish(as target: String) throws {
    guard fsync(descriptor) == 0, rename(path, target) == 0 else {
      throw DownloadError("\(target): it cannot be written: \(String(cString: strerror(errno)))")
    }
    // The name is safe once the folder is on the disk; not every file system can do that, and the file is good.
    let folder = open(URL(fileURLWithPath: target).deletingLastPathComponent().path, O_RDONLY | O_CLOEXEC)
    if folder >= 0 {
      fsync(folder)
      close(folder)
    }
  }
}
