import Files
import Glibc

/// A mounted file system of so many bytes, for tests of full disks.
package final class SmallDisk {
  package let path: String

  /// Whether this process may mount one.
  package static let isPossible: Bool = {
    guard geteuid() == 0, let folder = try? TemporaryFolder() else { return false }
    return (try? SmallDisk(at: folder("probe"), bytes: 4096)) != nil
  }()

  package init(at path: String, bytes: Int) throws {
    self.path = path
    try FileSystem.createFolder(path)
    guard mount("tmpfs", path, "tmpfs", 0, "size=\(bytes)") == 0 else { throw FileError("mount", path) }
  }

  /// At once, whatever is still open on it: the folder that it is in goes next.
  package func unmount() { umount2(path, Int32(MNT_DETACH)) }

  deinit { unmount() }
}
