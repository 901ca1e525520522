import Experiments
import Foundation
import Testing

/// Where the repository's own files are.
enum Repository {
  static let root = FileSystem.folder(
    of: FileSystem.folder(of: FileSystem.folder(of: FileSystem.folder(of: #filePath))))
  static let configs = root + "/configs"
}

/// Where the real data sets are, for the tests that need them.
enum RealData {
  static let skipped: Comment =
    "needs the MNIST files in ../shared/data/mnist or the folder named by WHITTLE_TEST_DATA"

  /// The folder with MNIST's files.
  static let mnist: String? = {
    let candidates = [
      ProcessInfo.processInfo.environment["WHITTLE_TEST_DATA"],
      FileSystem.folder(of: Repository.root) + "/shared/data",
    ]
    return candidates.compactMap { $0.map { $0 + "/mnist" } }.first { FileSystem.exists($0) }
  }()
}

/// The backend of the OpenCL device that tests run on, opened once for all of them.
enum OpenCLTests {
  static let backend = Result { try BackendChoice.open("opencl") }
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
