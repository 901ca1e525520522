import Files
import Foundation

/// Writes a file without waiting for the disk, for tests that write the same file hundreds of times.
package func writeBytes(_ bytes: [UInt8], to path: String) throws {
  guard let file = fopen(path, "wb") else { throw FileError("write", path) }
  defer { fclose(file) }
  guard fwrite(bytes, 1, bytes.count, file) == bytes.count else { throw FileError("write", path) }
}
