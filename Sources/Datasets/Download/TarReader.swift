import Foundation

/// Reads the regular files of a tar archive in order, plain or gzip.
///
/// The format is POSIX's ustar: a header of 512 bytes, then the file, filled up to a multiple of 512. Other members, as
/// folders and the records with which longer names are told, are passed over.
final class TarReader {
  private static let block = 512

  private let path: String
  private let stream: FileStream
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
  /// Bytes of the present member that have not been read, and those that fill it up.
  private var unread = 0
  private var padding = 0

  /// - Throws: `DatasetError` if the archive cannot be opened.
  init(path: String) throws {
    self.path = path
    stream = try FileStream(path: path, remedy: "remove it, and download it again")
  }

  deinit {
    buffer.deallocate()
  }

  /// Goes to the next regular file; the name with its folders, or nil at the end of the archive.
  ///
  /// - Throws: `DatasetError` if the archive ends too early or is none.
  func next() throws -> String? {
    while true {
      try read { _ in }
      let header = try fill(Self.block)
      // A block of zeros, or nothing, ends an archive.
      guard header.contains(where: { $0 != 0 }) else { return nil }
      guard header.count == Self.block, let size = Int(text(header, 124..<136), radix: 8), size >= 0 else {
        throw DatasetError(path, "it is no tar archive", remedy: "remove it, and download it again")
      }
      unread = size
      padding = (Self.block - size % Self.block) % Self.block
      let isUstar = text(header, 257..<263) == "ustar"
      let folder = isUstar ? text(header, 345..<500) : ""
      let name = text(header, 0..<100)
      if header[156] == UInt8(ascii: "0") || header[156] == 0 {
        return folder.isEmpty ? name : folder + "/" + name
      }
    }
  }

  /// Passes on what is left of the present file, in order.
  ///
  /// - Throws: what `body` throws; `DatasetError` if the archive ends too early.
  func read(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    while unread > 0 {
      let size = min(unread, buffer.count)
      try body(try exactly(size))
      unread -= size
    }
    if padding > 0 { _ = try exactly(padding) }
    padding = 0
  }

  private func exactly(_ size: Int) throws -> UnsafeRawBufferPointer {
    let bytes = try fill(size)
    guard bytes.count == size else {
      throw DatasetError(path, "it is truncated", remedy: "remove it, and download it again")
    }
    return bytes
  }

  private func fill(_ size: Int) throws -> UnsafeRawBufferPointer {
    let count = try stream.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<size]))
    return UnsafeRawBufferPointer(rebasing: buffer[..<count])
  }

  /// A field's text: up to the first zero, without spaces around it.
  private func text(_ header: UnsafeRawBufferPointer, _ range: Range<Int>) -> String {
    let field = UnsafeRawBufferPointer(rebasing: header[range])
    return String(decoding: field.prefix { $0 != 0 }, as: UTF8.self).trimmingCharacters(in: .whitespaces)
  }
}
