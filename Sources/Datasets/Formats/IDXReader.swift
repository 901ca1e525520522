import Crypto

/// Reads an IDX file of bytes from its start to its end, plain or gzip.
///
/// The format: two zero bytes, the element type (8: bytes), the number of dimensions, each dimension as a big-endian
/// 32-bit integer, then the elements, row-major.
final class IDXReader {
  /// The most bytes taken on a header's word; a gzip header can promise a thousand times the file's size.
  private static let largest = 1 << 30

  let path: String
  /// The name that it should have, without `.gz`.
  let name: String
  /// The dimensions; the first one counts the items.
  let shape: [Int]
  /// The number of items not read yet.
  private(set) var remaining: Int
  private let itemSize: Int
  private let stream: FileStream
  /// Whether the header says that it is somebody's own file, and not one of a public set.
  let isOwn: Bool
  /// What to do about damage.
  let remedy: String
  /// Of the content as far as it has been read.
  private var hash = SHA256()

  /// The number of items in the file.
  var count: Int { shape[0] }
  /// What tells the file from others, once it is `finish`ed.
  var digest: ContentDigest {
    ContentDigest(
      size: 4 * (shape.count + 1) + count * itemSize, sha256: hash.finalize().hex,
      storedSHA256: stream.storedSHA256)
  }

  /// Opens a file and reads its header, which must have that many dimensions.
  ///
  /// - Parameters:
  ///   - published: the size of the public set's file of this name. A file whose header says another one is somebody's
  ///     own, and getting the public one would not mend it.
  ///   - remedy: what to do about damage to the public file.
  /// - Throws: `DatasetError` if it cannot be read, is not such a file, or is too small for what it says it holds;
  ///   the error ends with a remedy.
  init(path: String, name: String, dimensions: Int, published: Int?, remedy: String) throws {
    self.path = path
    self.name = name
    let stream = try FileStream(path: path, remedy: remedy)
    self.stream = stream
    var header = [UInt8](repeating: 0, count: 4 * (dimensions + 1))
    let size = try header.withUnsafeMutableBytes { try stream.read(into: $0) }
    guard size == header.count else {
      throw DatasetError(path, "it ends after \(size) bytes, within its header", remedy: remedy)
    }
    hash.update(data: header)
    let words = stride(from: 0, to: header.count, by: 4).map { start in
      header[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
    }
    let magic = 0x800 | dimensions
    guard words[0] == magic else {
      let found = Self.hex(words[0])
      throw DatasetError(
        path,
        "it is not an IDX file of \(Self.content(dimensions)): it starts with \(found), not \(Self.hex(magic))",
        // Two zero bytes are those of another IDX file, which is not damaged.
        remedy: words[0] >> 16 == 0
          ? "give this name to the set's file of \(Self.content(dimensions)), of one byte a value" : remedy)
    }
    shape = Array(words.dropFirst())
    guard !shape.contains(0) else {
      throw DatasetError(path, "its header says \(Self.text(shape)), which is empty", remedy: Self.ownRemedy)
    }
    var total = shape[0]
    var overflow = false
    for extent in shape.dropFirst() where !overflow {
      (total, overflow) = total.multipliedReportingOverflow(by: extent)
    }
    // Before anything is allocated for it.
    guard !overflow, total <= Self.largest else {
      throw DatasetError(
        path, "its header says \(Self.text(shape)) bytes, more than the 1 GiB that is read of a file",
        remedy: Self.ownRemedy)
    }
    isOwn = header.count + total != published
    self.remedy = isOwn ? Self.ownRemedy : remedy
    stream.remedy = self.remedy
    guard total <= stream.mostBytes - header.count else {
      throw DatasetError(
        path,
        "it is truncated: its header says \(Self.text(shape)) bytes, more than a file of its size can hold",
        remedy: self.remedy)
    }
    remaining = shape[0]
    itemSize = total / shape[0]
  }

  /// The next items, `count` times the size of one in bytes.
  ///
  /// - Throws: `DatasetError` if the file ends before them.
  func items(_ count: Int) throws -> [UInt8] {
    precondition(count <= remaining, "more items than the file has")
    let size = count * itemSize
    let bytes = try [UInt8](unsafeUninitializedCapacity: size) { buffer, initialized in
      try fill(UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<size]))
      initialized = size
    }
    remaining -= count
    return bytes
  }

  /// Reads the rest, keeping nothing, to be sure that the file ends where it should.
  ///
  /// - Throws: `DatasetError` if it ends too early or goes on.
  func finish() throws {
    let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 1)
    defer { scratch.deallocate() }
    var left = remaining * itemSize
    while left > 0 {
      let size = min(left, scratch.count)
      try fill(UnsafeMutableRawBufferPointer(rebasing: scratch[..<size]))
      left -= size
    }
    remaining = 0
    guard try stream.read(into: scratch) == 0 else {
      throw DatasetError(
        path, "it goes on after the \(Self.text(shape)) bytes that its header says", remedy: remedy)
    }
  }

  private func fill(_ buffer: UnsafeMutableRawBufferPointer) throws {
    let size = try stream.read(into: buffer)
    guard size == buffer.count else {
      throw DatasetError(
        path, "it is truncated: its header says \(Self.text(shape)) bytes, but it ends before", remedy: remedy
      )
    }
    hash.update(bufferPointer: UnsafeRawBufferPointer(buffer))
  }

  private static let ownRemedy = "it is not of a set that can be downloaded, so check how it was made"

  private static func content(_ dimensions: Int) -> String {
    dimensions == 1 ? "labels" : "images"
  }

  private static func hex(_ word: Int) -> String {
    let digits = String(word, radix: 16)
    return "0x" + String(repeating: "0", count: 8 - digits.count) + digits
  }

  private static func text(_ shape: [Int]) -> String {
    shape.map(String.init).joined(separator: "x")
  }
}
