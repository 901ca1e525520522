/// Vectors in NumPy's `.npy` format, version 1.0.
package enum NumpyFile {
  private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0]

  /// Writes a vector of float64, atomically.
  ///
  /// - Throws: `FileError`.
  package static func write(_ values: [Double], to path: String) throws {
    try write(values.withUnsafeBytes { Array($0) }, count: values.count, descriptor: "<f8", to: path)
  }

  /// Writes a vector of float32, atomically.
  ///
  /// - Throws: `FileError`.
  package static func write(_ values: [Float], to path: String) throws {
    try write(values.withUnsafeBytes { Array($0) }, count: values.count, descriptor: "<f4", to: path)
  }

  private static func write(_ data: [UInt8], count: Int, descriptor: String, to path: String) throws {
    var header = "{'descr': '\(descriptor)', 'fortran_order': False, 'shape': (\(count),), }"
    // NumPy aligns the data to 64 bytes; the header ends with a newline.
    let unpadded = magic.count + 2 + header.utf8.count + 1
    header += String(repeating: " ", count: (64 - unpadded % 64) % 64) + "\n"
    let length = UInt16(header.utf8.count)
    let file = try AtomicFile(path)
    try file.write(magic + [UInt8(length & 0xff), UInt8(length >> 8)] + Array(header.utf8))
    try file.write(data)
    try file.commit()
  }

  /// Reads a vector of float64 or float32 that Whittle wrote.
  ///
  /// - Throws: `FileError`; `FileFormatError` for anything else.
  package static func read(_ path: String) throws -> [Double] {
    let bytes = try FileSystem.read(path)
    guard bytes.starts(with: magic), bytes.count >= 10 else {
      throw FileFormatError(path, "not a NumPy file of version 1.0")
    }
    let start = 10 + Int(bytes[8]) + Int(bytes[9]) << 8
    guard start <= bytes.count else { throw FileFormatError(path, "the NumPy header is cut short") }
    let header = String(decoding: bytes[10..<start], as: UTF8.self)
    let pattern = /\{'descr': '<f([48])', 'fortran_order': False, 'shape': \((\d+),\), \} *\n/
    guard let match = header.wholeMatch(of: pattern), let size = Int(match.1), let count = Int(match.2) else {
      throw FileFormatError(path, "the NumPy file holds no vector of float32 or float64")
    }
    let (length, overflow) = count.multipliedReportingOverflow(by: size)
    guard !overflow, length == bytes.count - start else {
      throw FileFormatError(path, "\(count) values are announced, but there are \(bytes.count - start) bytes")
    }
    return bytes.withUnsafeBytes { raw in
      (0..<count).map { index in
        size == 8
          ? raw.loadUnaligned(fromByteOffset: start + index * 8, as: Double.self)
          : Double(raw.loadUnaligned(fromByteOffset: start + index * 4, as: Float.self))
      }
    }
  }
}
