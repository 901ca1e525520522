import CZlib
import Text

/// The files in a zip archive, as NumPy's `.npz` uses it: stored or deflated, with a central directory at the end (PKWARE's
/// APPNOTE 6.3). What the directory says is held against the archive's size before it is believed.
package struct ZipArchive {
  /// A file in the archive.
  package struct Entry: Sendable {
    package let name: String
    fileprivate let isDeflated: Bool
    fileprivate let storedSize: Int
    fileprivate let size: Int
    fileprivate let checksum: UInt32
    fileprivate let header: Int
  }

  package let path: String
  private let bytes: [UInt8]
  /// The files, in the directory's order.
  package private(set) var entries: [Entry] = []

  /// Deflate makes at most 1032 bytes of one.
  private static let mostExpansion = 1032

  /// Reads an archive's directory.
  ///
  /// - Throws: `FileFormatError`.
  package init(_ bytes: [UInt8], path: String) throws {
    (self.bytes, self.path) = (bytes, path)
    let end = try endOfDirectory()
    let count = try number(at: end + 10, bytes: 2)
    var place = try number(at: end + 16, bytes: 4)
    guard count < 0xffff, place < 0xffff_ffff else {
      throw invalid("archives of more than 4 GiB are not read")
    }
    for _ in 0..<count {
      guard try number(at: place, bytes: 4) == 0x0201_4b50 else { throw invalid("its directory is damaged") }
      let name = try number(at: place + 28, bytes: 2)
      let extra = try number(at: place + 30, bytes: 2)
      let comment = try number(at: place + 32, bytes: 2)
      guard place + 46 + name <= bytes.count else { throw invalid("its directory is cut short") }
      let text = String(decoding: bytes[(place + 46)..<(place + 46 + name)], as: UTF8.self)
      let method = try number(at: place + 10, bytes: 2)
      guard method == 0 || method == 8, try number(at: place + 8, bytes: 2) & 1 == 0 else {
        throw invalid("\(Excerpt.of(text)) is encrypted, or packed in a way that NumPy does not use")
      }
      let (stored, size) = (try number(at: place + 20, bytes: 4), try number(at: place + 24, bytes: 4))
      guard stored <= bytes.count, method == 8 ? size <= stored * Self.mostExpansion : size == stored else {
        throw invalid(
          "it says that \(Excerpt.of(text)) has \(size) bytes, more than an archive of its size can hold")
      }
      entries.append(
        Entry(
          name: text, isDeflated: method == 8, storedSize: stored, size: size,
          checksum: UInt32(try number(at: place + 16, bytes: 4)), header: try number(at: place + 42, bytes: 4)
        ))
      place += 46 + name + extra + comment
    }
  }

  /// The content of a file, whose checksum is compared.
  ///
  /// - Throws: `FileFormatError`.
  package func content(_ entry: Entry) throws -> [UInt8] {
    guard try number(at: entry.header, bytes: 4) == 0x0403_4b50 else {
      throw invalid("there is no \(Excerpt.of(entry.name)) where its directory says")
    }
    let start =
      try entry.header + 30 + number(at: entry.header + 26, bytes: 2)
      + number(at: entry.header + 28, bytes: 2)
    guard start + entry.storedSize <= bytes.count else {
      throw invalid("\(Excerpt.of(entry.name)) is cut short")
    }
    let stored = bytes[start..<(start + entry.storedSize)]
    let content = entry.isDeflated ? try inflated(stored, entry) : Array(stored)
    let sum = content.withUnsafeBufferPointer { buffer -> UInt in
      // zlib counts in 32 bits.
      stride(from: 0, to: buffer.count, by: 1 << 30).reduce(crc32(0, nil, 0)) { sum, from in
        crc32(sum, buffer.baseAddress?.advanced(by: from), UInt32(min(buffer.count - from, 1 << 30)))
      }
    }
    guard UInt32(truncatingIfNeeded: sum) == entry.checksum else {
      throw invalid("\(Excerpt.of(entry.name)) is damaged: its checksum is another one")
    }
    return content
  }

  private func inflated(_ stored: ArraySlice<UInt8>, _ entry: Entry) throws -> [UInt8] {
    var stream = z_stream()
    // Without a header of its own, as in every zip archive.
    guard inflateInit2_(&stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
      throw invalid("zlib cannot start")
    }
    defer { inflateEnd(&stream) }
    return try [UInt8](unsafeUninitializedCapacity: entry.size) { output, count in
      var code = Z_OK
      stored.withUnsafeBufferPointer { input in
        stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
        stream.avail_in = UInt32(input.count)
        stream.next_out = output.baseAddress
        stream.avail_out = UInt32(entry.size)
        code = inflate(&stream, Z_FINISH)
      }
      // An empty result has no place, and needs none.
      guard code == Z_STREAM_END, stream.avail_out == 0 else {
        throw invalid("\(Excerpt.of(entry.name)) is damaged")
      }
      count = entry.size
    }
  }

  /// Where the record that ends the archive begins; only a comment of at most 64 KiB may follow it.
  private func endOfDirectory() throws -> Int {
    var place = bytes.count - 22
    while place >= 0, place > bytes.count - 22 - 0x10000 {
      if bytes[place] == 0x50, try number(at: place, bytes: 4) == 0x0605_4b50 { return place }
      place -= 1
    }
    throw invalid("it is no zip archive, or cut short")
  }

  private func number(at place: Int, bytes count: Int) throws -> Int {
    guard place >= 0, place + count <= bytes.count else { throw invalid("it is cut short") }
    return (0..<count).reversed().reduce(0) { $0 << 8 | Int(bytes[place + $1]) }
  }

  private func invalid(_ problem: String) -> FileFormatError { FileFormatError(path, problem) }
}
