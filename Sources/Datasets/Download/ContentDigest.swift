import Crypto

/// The size and the SHA-256 of a file's content, uncompressed if it is gzip.
struct ContentDigest {
  let size: Int
  let sha256: String
  /// The SHA-256 of the file's own bytes where it is gzip.
  let storedSHA256: String?

  init(size: Int, sha256: String, storedSHA256: String?) {
    self.size = size
    self.sha256 = sha256
    self.storedSHA256 = storedSHA256
  }

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
    self.init(size: size, sha256: hash.finalize().hex, storedSHA256: stream.storedSHA256)
  }
}
