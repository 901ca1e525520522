import Experiments
import Foundation
import Testing

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
