import Files
import Foundation
import StudyFiles

/// Hidden folders that gnuplot works in, removed with all that is in them, a signal or not.
enum StagingFolder {
  private static let prefix = ".whittle-drawing-"
  /// Seconds after which a folder without a lock in it, as earlier versions left them, is old.
  private static let old = 3600

  /// Calls `body` with a new folder inside `folder`, which is made where missing; those that killed processes left go.
  ///
  /// Throws `FileError`.
  static func with<Result>(inside folder: String, _ body: (String) throws -> Result) throws -> Result {
    try FileSystem.createFolder(folder)
    removeLeftovers(in: folder)
    let path = "\(folder)/\(prefix)\(UUID().uuidString)"
    let (lock, number) = try Temporaries.make {
      try FileSystem.createFolder(path)
      return (try? StudyLock(folder: path), { remove(path) })
    }
    defer {
      Temporaries.finish(number) { remove(path) }
      lock?.release()
    }
    return try body(path)
  }

  private static func removeLeftovers(in folder: String) {
    for name in (try? FileSystem.names(in: folder)) ?? [] where name.hasPrefix(prefix) {
      let path = folder + "/" + name
      switch FileLock.probe(path + "/" + StudyLock.name) {
      // What cannot be removed, such as another person's, does no harm.
      case .taken: try? FileSystem.remove(path)
      case nil where isOld(path): try? FileSystem.remove(path)
      default: break
      }
    }
  }

  private static func isOld(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0 && time(nil) - status.st_mtim.tv_sec > old
  }

  /// Removes a folder of this process; a program that was killed a moment ago may still write into it.
  private static func remove(_ path: String) {
    for _ in 0..<100 {
      if (try? FileSystem.remove(path)) != nil { return }
      usleep(10_000)
    }
  }
}
