/// A Swift type whose arrays can be stored as a tensor.
package protocol StoredElement: BitwiseCopyable, Equatable, Sendable {
  static var dtype: StoredTensor.DType { get }
}

extension Float: StoredElement { package static var dtype: StoredTensor.DType { .float32 } }
extension Int32: StoredElement { package static var dtype: StoredTensor.DType { .int32 } }
extension Int64: StoredElement { package static var dtype: StoredTensor.DType { .int64 } }
extension UInt8: StoredElement { package static var dtype: StoredTensor.DType { .uint8 } }

// The files are little-endian, and so is every machine that Whittle knows; values are copied as they lie in memory.
#if _endian(big)
  #error("Whittle's files are little-endian")
#endif

/// The elements of a tensor as they lie in a file: little-endian, row-major.
package struct StoredTensor: Equatable, Sendable {
  /// The element types that Whittle stores, by their names in a safetensors header.
  package enum DType: String, CaseIterable, Sendable {
    case float32 = "F32"
    case int32 = "I32"
    case int64 = "I64"
    case uint8 = "U8"

    /// Bytes in an element.
    package var size: Int {
      switch self {
      case .float32, .int32: 4
      case .int64: 8
      case .uint8: 1
      }
    }
  }

  package let dtype: DType
  package let shape: [Int]
  package let bytes: [UInt8]

  /// A tensor of these values; without a shape, a vector.
  ///
  /// - Precondition: the shape has as many elements as there are values.
  package init<Element: StoredElement>(_ values: [Element], shape: [Int]? = nil) {
    let shape = shape ?? [values.count]
    precondition(shape.reduce(1, *) == values.count, "\(values.count) values do not fill the shape \(shape)")
    self.init(dtype: Element.dtype, shape: shape, bytes: values.withUnsafeBytes { Array($0) })
  }

  /// A tensor of bytes that the caller has measured.
  init(dtype: DType, shape: [Int], bytes: [UInt8]) {
    self.dtype = dtype
    self.shape = shape
    self.bytes = bytes
  }

  /// The values, or `nil` if they are of another type.
  package func values<Element: StoredElement>(as type: Element.Type) -> [Element]? {
    guard dtype == Element.dtype else { return nil }
    let count = bytes.count / MemoryLayout<Element>.size
    return [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
      bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(buffer).copyMemory(from: $0) }
      initialized = count
    }
  }
}
