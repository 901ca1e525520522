import Text

/// An array in NumPy's `.npy` format, of any version (NEP 1), its elements as they lie in the file.
package struct NumpyArray: Sendable {
  /// The types of elements that are read.
  package enum Element: String, CaseIterable, Sendable {
    case bool = "b1"
    case int8 = "i1"
    case int16 = "i2"
    case int32 = "i4"
    case int64 = "i8"
    case uint8 = "u1"
    case uint16 = "u2"
    case uint32 = "u4"
    case uint64 = "u8"
    case float32 = "f4"
    case float64 = "f8"

    /// Bytes of an element.
    package var size: Int { rawValue.last.flatMap { Int(String($0)) } ?? 1 }
    /// NumPy's name, as in `uint8`.
    package var name: String { "\(self)" }
    /// Whether its values are whole numbers, `bool` included.
    package var isInteger: Bool { self != .float32 && self != .float64 }
  }

  package static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

  package let path: String
  package let element: Element
  /// The extents, the last one being that of elements side by side.
  package let shape: [Int]
  /// Whether the bytes of an element come largest first.
  private let isBigEndian: Bool
  private let bytes: [UInt8]
  private let start: Int

  /// The same elements as one row, `[1, count]`.
  package var flattened: NumpyArray { NumpyArray(self, shape: [1, count]) }

  private init(_ array: NumpyArray, shape: [Int]) {
    (path, element, isBigEndian) = (array.path, array.element, array.isBigEndian)
    (bytes, start, self.shape) = (array.bytes, array.start, shape)
  }

  /// The number of elements.
  package var count: Int { shape.reduce(1, *) }

  /// Reads a file's header, and holds what it says against the file's size.
  ///
  /// - Throws: `FileFormatError` for anything but an array of numbers in C order.
  package init(_ bytes: [UInt8], path: String) throws {
    func invalid(_ problem: String) -> FileFormatError { FileFormatError(path, problem) }
    guard bytes.starts(with: Self.magic), bytes.count >= 10 else { throw invalid("it is no NumPy array") }
    let lengthBytes = bytes[6] == 1 ? 2 : 4
    let begin = 8 + lengthBytes
    guard (1...3).contains(bytes[6]), bytes.count >= begin else {
      throw invalid("it is a NumPy array of a version that is not known")
    }
    let length = bytes[8..<begin].reversed().reduce(0) { $0 << 8 | Int($1) }
    guard length <= bytes.count - begin else { throw invalid("its NumPy header is cut short") }
    let header = try NumpyHeader(bytes[begin..<(begin + length)], path: path)
    (element, shape, isBigEndian) = (header.element, header.shape, header.isBigEndian)
    (self.bytes, self.path, start) = (bytes, path, begin + length)
    var size = element.size
    var overflows = false
    for extent in shape where !overflows { (size, overflows) = size.multipliedReportingOverflow(by: extent) }
    guard !overflows, size == bytes.count - start else {
      let announced = Excerpt.of(shape.map(String.init).joined(separator: "x"))
      throw invalid(
        "its header says \(announced) values of \(element.name), but \(bytes.count - start) bytes follow")
    }
  }

  /// The bytes of some rows, which are what the first extent counts.
  ///
  /// - Precondition: the elements are bytes.
  package func bytes(ofRows rows: [Int]) -> [UInt8] {
    precondition(element.size == 1, "elements of one byte")
    let size = shape.dropFirst().reduce(1, *)
    var result: [UInt8] = []
    result.reserveCapacity(rows.count * size)
    for row in rows { result.append(contentsOf: bytes[(start + row * size)..<(start + (row + 1) * size)]) }
    return result
  }

  /// The values of some rows as 32-bit floats, to which others are rounded.
  package func floats(ofRows rows: [Int]) -> [Float] {
    let size = shape.dropFirst().reduce(1, *)
    return [Float](unsafeUninitializedCapacity: rows.count * size) { result, count in
      for (place, row) in rows.enumerated() {
        for index in 0..<size {
          result[place * size + index] =
            element == .float64
            ? Float(Double(bitPattern: bits(row * size + index)))
            : element == .float32
              ? Float(bitPattern: UInt32(truncatingIfNeeded: bits(row * size + index)))
              : Float(integer(row * size + index))
        }
      }
      count = rows.count * size
    }
  }

  /// All values as 64-bit floats.
  package var doubles: [Double] {
    (0..<count).map { index in
      switch element {
      case .float64: Double(bitPattern: bits(index))
      case .float32: Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits(index))))
      default: Double(integer(index))
      }
    }
  }

  /// A whole number; one of `uint64` that is larger than any `Int` becomes the largest.
  ///
  /// - Precondition: the elements are whole numbers.
  package func integer(_ index: Int) -> Int {
    let value = bits(index)
    switch element {
    case .int8: return Int(Int8(truncatingIfNeeded: value))
    case .int16: return Int(Int16(truncatingIfNeeded: value))
    case .int32: return Int(Int32(truncatingIfNeeded: value))
    case .int64: return Int(bitPattern: UInt(value))
    default: return Int(clamping: value)
    }
  }

  /// The bits of an element, the upper ones zero.
  private func bits(_ index: Int) -> UInt64 {
    let place = start + index * element.size
    return bytes.withUnsafeBytes { raw in
      switch element.size {
      case 1: UInt64(raw[place])
      case 2: UInt64(order(raw.loadUnaligned(fromByteOffset: place, as: UInt16.self)))
      case 4: UInt64(order(raw.loadUnaligned(fromByteOffset: place, as: UInt32.self)))
      default: order(raw.loadUnaligned(fromByteOffset: place, as: UInt64.self))
      }
    }
  }

  private func order<Word: FixedWidthInteger>(_ word: Word) -> Word {
    isBigEndian ? word.byteSwapped : word
  }
}
