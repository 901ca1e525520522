import Crypto
import Foundation

extension Dataset {
  /// The SHA-256 of everything a run can see of the data, in lower-case hex.
  ///
  /// It covers the number of classes and, for the training, validation and test images in this order, the
  /// count, the shape (each as a little-endian 64-bit integer), the images and the labels. A study
  /// that is resumed compares it to notice that its data changed.
  public func contentDigest() -> String {
    var hash = SHA256()
    hash.update(integer: classes)
    for part in [train, validation, test] {
      hash.update(integer: part?.count ?? 0)
      guard let part else { continue }
      hash.update(shape: part.shape)
      hash.update(kind: part.pixels)
      part.pixels.withUnsafeBytes { hash.update(bufferPointer: $0) }
      part.labels.withUnsafeBytes { hash.update(bufferPointer: $0) }
    }
    return hash.finalize().hex
  }
}

extension ImageSet {
  /// The SHA-256 of the first images and their labels, with their count and size, in lower-case hex; all of them where
  /// there are fewer.
  public func contentDigest(first count: Int = .max) -> String {
    let count = min(count, self.count)
    var hash = SHA256()
    hash.update(integer: count)
    hash.update(shape: shape)
    hash.update(kind: pixels)
    pixels.withUnsafeBytes {
      hash.update(bufferPointer: .init(rebasing: $0[..<(count * shape.values * pixels.size)]))
    }
    labels.withUnsafeBytes { hash.update(bufferPointer: .init(rebasing: $0[..<count])) }
    return hash.finalize().hex
  }
}

extension SHA256 {
  fileprivate mutating func update(integer: Int) {
    withUnsafeBytes(of: Int64(integer).littleEndian) { update(bufferPointer: $0) }
  }

  /// Bytes are not told apart from anything: studies that were begun before there were floats know their digests.
  fileprivate mutating func update(kind pixels: PixelValues) {
    if case .floats = pixels { update(integer: pixels.size) }
  }

  /// Grey images have no channels here: studies that were begun before there were others know their digests.
  fileprivate mutating func update(shape: ImageShape) {
    if shape.channels != 1 { update(integer: shape.channels) }
    update(integer: shape.height)
    update(integer: shape.width)
  }
}

extension SHA256.Digest {
  /// The digest as 64 lower-case hex digits.
  var hex: String {
    let digits = Array("0123456789abcdef".utf8)
    return String(
      decoding: flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}
