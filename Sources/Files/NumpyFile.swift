/// Writes NumPy's `.npy` format, version 1.0, and reads vectors; `NumpyArray` reads arrays.
package enum NumpyFile {
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
    let file = try AtomicFile(path)
    try file.write(header(descriptor, shape: [count]))
    try file.write(data)
    try file.commit()
  }

  /// What comes before the elements of an array of this type, as in `<f4`, and shape.
  package static func header(_ descriptor: String, shape: [Int]) -> [UInt8] {
    let extents = shape.map { "\($0)," }.joined(separator: " ")
    // With a comma at the end only where there is one extent, as NumPy writes it.
    let tuple = shape.count == 1 ? extents : String(extents.dropLast())
    var header = "{'descr': '\(descriptor)', 'fortran_order': False, 'shape': (\(tuple)), }"
    let start = NumpyArray.magic + [1, 0]
    // NumPy aligns the data to 64 bytes; the header ends with a newline.
    let unpadded = start.count + 2 + header.utf8.count + 1
    header += String(repeating: " ", count: (64 - unpadded % 64) % 64) + "\n"
    let length = UInt16(header.utf8.count)
    return start + [UInt8(length & 0xff), UInt8(length >> 8)] + Array(header.utf8)
  }

  /// Reads a vector of float64 or float32.
  ///
  /// - Throws: `FileError`; `FileFormatError` for anything else.
  package static func read(_ path: String) throws -> [Double] {
    let array = try NumpyArray(FileSystem.read(path), path: path)
    guard array.shape.count == 1, !array.element.isInteger else {
      throw FileFormatError(path, "the NumPy file holds no vector of float32 or float64")
    }
    return array.doubles
  }
}
