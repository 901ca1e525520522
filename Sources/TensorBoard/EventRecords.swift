/// The framing of TensorBoard's files (the TFRecord format): each record is its length in 8 bytes, the masked checksum
/// of those, the payload, and the masked checksum of that; all little-endian.
enum EventRecords {
  /// A payload with its frame.
  static func frame(_ payload: [UInt8]) -> [UInt8] {
    let length = withUnsafeBytes(of: UInt64(payload.count).littleEndian) { Array($0) }
    return length + checksum(length) + payload + checksum(payload)
  }

  private static func checksum(_ bytes: some Sequence<UInt8>) -> [UInt8] {
    withUnsafeBytes(of: CRC32C.masked(bytes).littleEndian) { Array($0) }
  }

  /// Where each whole, undamaged record ends, from the start of the file on.
  static func ends(in bytes: [UInt8]) -> [Int] {
    var ends: [Int] = []
    var start = 0
    while start + 16 <= bytes.count {
      let length = bytes[start..<start + 8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      guard length <= UInt64(bytes.count - start - 16) else { break }
      let end = start + 16 + Int(length)
      guard bytes[start + 8..<start + 12].elementsEqual(checksum(bytes[start..<start + 8])),
        bytes[end - 4..<end].elementsEqual(checksum(bytes[start + 12..<end - 4]))
      else { break }
      ends.append(end)
      start = end
    }
    return ends
  }
}
