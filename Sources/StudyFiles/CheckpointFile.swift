import CZlib
import Files

/// The state of an unfinished run: a safetensors file with a checksum over every byte, and the one before it.
///
/// The checksum is a CRC-32 (zlib's) of the whole file with the checksum's own digits as zeros. It stands in the
/// metadata, first, so that its place is fixed and other programs can still read the file.
package struct CheckpointFile: Sendable {
  package let path: String
  package let previousPath: String

  /// The checkpoint of the run in this folder.
  package init(folder: String) {
    path = folder + "/checkpoint.safetensors"
    previousPath = folder + "/checkpoint.previous.safetensors"
  }

  private static let key = "crc32"
  private static let blank = "00000000"
  /// Everything from the header's start to the checksum.
  private static let prefix = Array(#"{"__metadata__":{"crc32":""#.utf8)
  private static let digits = 8 + prefix.count..<8 + prefix.count + blank.utf8.count

  /// Saves a checkpoint and keeps the last one as the previous.
  ///
  /// - Throws: `FileError`; the last checkpoint is still good.
  package func save(_ content: SafetensorsFile) throws {
    var header = content.header(leadingMetadata: [(Self.key, Self.blank)])
    let tensors = content.ordered.map(\.tensor)
    let checksum = tensors.reduce(Self.checksum(header)) { Self.checksum($1.bytes, after: $0) }
    header.replaceSubrange(Self.digits, with: Self.text(checksum).utf8)
    let file = try AtomicFile(path)
    try file.write(header)
    for tensor in tensors { try file.write(tensor.bytes) }
    try file.commit(keepingPreviousAt: previousPath)
  }

  /// The newest checkpoint that is whole, or `nil`, and a line about each one that is not.
  ///
  /// A damaged newest checkpoint is replaced by the previous one, so that the next `save` keeps a good one.
  ///
  /// - Throws: `FileError` when a file is there and cannot be read.
  package func load() throws -> (content: SafetensorsFile?, warnings: [String]) {
    var warnings: [String] = []
    if FileSystem.exists(path) {
      do {
        return (try Self.read(path), [])
      } catch let error as FileFormatError {
        warnings.append("\(error); going back to the checkpoint before it")
      }
    }
    guard FileSystem.exists(previousPath) else {
      return (nil, warnings.isEmpty ? [] : warnings + ["\(previousPath): not there; the run starts over"])
    }
    do {
      let content = try Self.read(previousPath)
      if !warnings.isEmpty { try FileSystem.move(previousPath, to: path) }
      return (content, warnings)
    } catch let error as FileFormatError {
      return (nil, warnings + ["\(error); the run starts over"])
    }
  }

  /// Removes both checkpoints, when the run is finished.
  ///
  /// - Throws: `FileError`.
  package func remove() throws {
    try FileSystem.remove(path)
    try FileSystem.remove(previousPath)
  }

  /// Reads one checkpoint and verifies its checksum.
  private static func read(_ path: String) throws -> SafetensorsFile {
    var bytes = try FileSystem.read(path)
    guard bytes.count > digits.upperBound, bytes[8..<digits.lowerBound].elementsEqual(prefix) else {
      throw FileFormatError(path, "the checkpoint is damaged (its checksum is missing)")
    }
    let recorded = String(decoding: bytes[digits], as: UTF8.self)
    bytes.replaceSubrange(digits, with: blank.utf8)
    guard recorded == text(checksum(bytes)) else {
      throw FileFormatError(path, "the checkpoint is damaged (its checksum does not match)")
    }
    var content = try SafetensorsFile(bytes: bytes, path: path)
    content.metadata[key] = nil
    return content
  }

  private static func checksum(_ bytes: [UInt8], after checksum: UInt = 0) -> UInt {
    bytes.withUnsafeBufferPointer { crc32_z(checksum, $0.baseAddress, $0.count) }
  }

  private static func text(_ checksum: UInt) -> String {
    let digits = String(checksum, radix: 16)
    return String(repeating: "0", count: blank.utf8.count - digits.utf8.count) + digits
  }
}
