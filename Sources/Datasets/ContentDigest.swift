import Crypto

/// The size and the SHA-256 of a file's content, uncompressed if it is gzip.
struct ContentDigest {
  let size: Int
  let sha256: String

  /// Reads the file, 64 KiB at a time.
  ///
  /// - Throws: `DatasetError` if it cannot be read or decompressed, or is larger than the limit; the error ends
  ///   with the remedy.
  init(ofFile path: String, limit: Int = .max, remedy: String) throws {
    let stream = try FileStream(path: path, remedy: remedy)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
    defer { buffer.deallocate() }
    var hash = SHA256()
    var size = 0
    while case let count = try stream.read(into: buffer), count > 0 {
      hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      size += count
      guard size <= limit else {
        throw DatasetError(path, "its content is larger than \(limit) bytes", remedy: remedy)
      }
    }
    self.size = size
    sha256 = hash.finalize().hex
  }
}
