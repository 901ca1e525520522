import CImages
import Files

/// A PNG or JPEG image in memory.
package struct ImageFile {
  /// What messages call it.
  let path: String
  private let bytes: [UInt8]
  private let kind: ContentKind
  /// The shape of the image as it is.
  package let shape: ImageShape

  /// More pixels than any photograph that a network could need; each of them may take memory.
  private static let mostPixels: UInt64 = 1 << 25

  /// Reads an image's header.
  ///
  /// - Throws: `DatasetError` for what is no such image.
  package init(_ bytes: [UInt8], path: String) throws {
    self.path = path
    self.bytes = bytes
    kind = ContentKind(bytes)
    guard kind == .png || kind == .jpeg else {
      throw DatasetError(
        path, "it is no PNG or JPEG image" + (kind.description.map { ", but \($0)" } ?? ""),
        remedy: Self.remedy)
    }
    let header = try Self.read(bytes, kind, path: path, channels: 0, { _, _, _ in }, nil)
    shape = ImageShape(
      channels: Int(header.channels), height: Int(header.height), width: Int(header.width))
  }

  /// Decodes the image to `target.values` bytes, `[channels, height, width]`, scaled where it has another size.
  ///
  /// - Throws: `DatasetError` for an image that is damaged.
  package func decode(as target: ImageShape, into pixels: UnsafeMutableBufferPointer<UInt8>) throws {
    precondition(pixels.count == target.values, "a place for each value")
    let scaler = RowScaler(from: shape, to: target, into: pixels)
    _ = try Self.read(
      bytes, kind, path: path, channels: UInt32(target.channels),
      { context, y, row in
        guard let context, let row else { return }
        Unmanaged<RowScaler>.fromOpaque(context).takeUnretainedValue().take(row, at: Int(y))
      }, Unmanaged.passUnretained(scaler).toOpaque())
    withExtendedLifetime(scaler) { scaler.finish() }
  }

  private static func read(
    _ bytes: [UInt8], _ kind: ContentKind, path: String, channels: UInt32, _ take: TakeRow,
    _ context: UnsafeMutableRawPointer?
  ) throws -> ImageHeader {
    var header = ImageHeader()
    let read = kind == .png ? read_png : read_jpeg
    let isWhole = bytes.withUnsafeBufferPointer {
      read($0.baseAddress, $0.count, channels, mostPixels, take, context, &header)
    }
    guard isWhole else {
      let problem = withUnsafeBytes(of: header.problem) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      throw DatasetError(
        path, "the \(kind == .png ? "PNG" : "JPEG") image cannot be read: \(problem)", remedy: remedy)
    }
    return header
  }

  private static let remedy = "replace or remove it, or leave such files out with --skip-unreadable"
}
