/// A TensorBoard file as its records tell it: a length, its checksum, a content, the content's checksum.
package struct EventFile {
  /// Seconds since 1970, an event each.
  package private(set) var wallTimes: [Double] = []
  /// Every event's content but its time.
  package private(set) var withoutWallTimes: [UInt8] = []

  package init(_ bytes: [UInt8]) {
    var start = 0
    while start + 16 <= bytes.count {
      let length = Int(bytes[start..<start + 4].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) })
      let content = bytes[start + 12..<min(start + 12 + length, bytes.count)]
      // Field 1, of eight bytes: what protocol buffers write first.
      if content.first == 9, content.count >= 9 {
        let bits = content.dropFirst().prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        wallTimes.append(Double(bitPattern: bits))
      }
      withoutWallTimes += content.first == 9 ? content.dropFirst(9) : content
      start += length + 16
    }
  }
}
