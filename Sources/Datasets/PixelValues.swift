/// The values of images, one image after another.
public enum PixelValues: Sendable, Equatable {
  /// One byte each, which a network sees divided by 255, or normalized after that.
  case bytes([UInt8])
  /// Numbers that a network sees as they are, or normalized.
  case floats([Float])

  /// The number of values.
  public var count: Int {
    switch self {
    case .bytes(let bytes): bytes.count
    case .floats(let floats): floats.count
    }
  }

  /// Some of the values.
  public func slice(_ range: Range<Int>) -> PixelValues {
    switch self {
    case .bytes(let bytes): .bytes(Array(bytes[range]))
    case .floats(let floats): .floats(Array(floats[range]))
    }
  }

  /// The memory that holds them.
  public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    switch self {
    case .bytes(let bytes): try bytes.withUnsafeBytes(body)
    case .floats(let floats): try floats.withUnsafeBytes(body)
    }
  }

  /// Bytes in a value.
  var size: Int {
    switch self {
    case .bytes: 1
    case .floats: MemoryLayout<Float>.size
    }
  }
}
