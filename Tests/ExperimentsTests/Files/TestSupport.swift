import Experiments
import Glibc

/// Where the repository's own files are.
enum Repository {
  static let root = FileSystem.folder(
    of: FileSystem.folder(of: FileSystem.folder(of: FileSystem.folder(of: #filePath))))
  static let configs = root + "/configs"
}

/// The one line that an error shows, or what was returned instead.
func message<Result>(_ body: () throws -> Result) -> String {
  do {
    return "no error, but \(try body())"
  } catch {
    return "\(error)"
  }
}

/// Writes a file without waiting for the disk, for tests that write the same file hundreds of times.
func writeBytes(_ bytes: [UInt8], to path: String) throws {
  guard let file = fopen(path, "wb") else { throw FileError("write", path) }
  defer { fclose(file) }
  guard fwrite(bytes, 1, bytes.count, file) == bytes.count else { throw FileError("write", path) }
}
