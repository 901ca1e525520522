import Device

/// Device memory with a canary on each side, which a kernel that writes outside it kills.
final class GuardedBuffer: KernelBuffer {
  /// Bytes of a canary; also how finely devices want parts of a buffer aligned.
  private static let canaryBytes = 4096
  private static let canary = [UInt8](repeating: 0xA5, count: canaryBytes)

  private let inner: DeviceBuffer
  private let whole: DeviceBuffer?
  private let queue: CommandQueue

  /// Copies `values` to the device.
  ///
  /// - Parameter guarded: false where a checker watches every access, and needs to know where the buffer ends.
  init<T: BitwiseCopyable>(_ queue: CommandQueue, name: String, _ values: [T], guarded: Bool) throws {
    self.queue = queue
    let bytes = values.count * MemoryLayout<T>.stride
    if guarded {
      let whole = try DeviceBuffer(queue.context, name: name, byteCount: bytes + 2 * Self.canaryBytes)
      try queue.write(Self.canary, to: whole)
      try queue.write(Self.canary, to: whole, offset: Self.canaryBytes + bytes)
      self.whole = whole
      inner = try DeviceBuffer(of: whole, name: name, offset: Self.canaryBytes, byteCount: bytes)
    } else {
      whole = nil
      inner = try DeviceBuffer(queue.context, name: name, byteCount: bytes)
    }
    try queue.write(values, to: inner)
  }

  var buffer: DeviceBuffer? { inner }

  /// Reads everything between the canaries.
  func read<T: BitwiseCopyable>(_ type: T.Type) throws -> [T] {
    try queue.read(type, from: inner, count: inner.byteCount / MemoryLayout<T>.stride)
  }

  /// - Throws: `DamagedCanary` where a kernel wrote outside the buffer.
  func checkCanaries() throws {
    guard let whole else { return }
    for (side, offset) in [("before", 0), ("after", Self.canaryBytes + inner.byteCount)] {
      let bytes = try queue.read(UInt8.self, from: whole, offset: offset, count: Self.canaryBytes)
      guard let first = bytes.firstIndex(where: { $0 != 0xA5 }) else { continue }
      let distance = side == "before" ? Self.canaryBytes - first : first
      throw DamagedCanary(buffer: inner.name, side: side, distance: distance)
    }
  }
}

/// A kernel wrote outside a buffer.
struct DamagedCanary: Error, CustomStringConvertible {
  let buffer: String
  let side: String
  let distance: Int

  var description: String { "wrote \(distance) bytes \(side) the buffer \(buffer)" }
}
