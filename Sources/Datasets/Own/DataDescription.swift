import Crypto
import Foundation

/// What data of one's own holds, as `whittle data check` tells it.
package struct DataDescription: Sendable {
  /// A part of the data.
  package struct Part: Sendable {
    /// `train` or `test`.
    package let name: String
    package let path: String
    /// Images that can be read.
    package let images: Int
    /// Images of each class.
    package let perClass: [Int]
    /// The least and the largest value.
    package let range: ClosedRange<Float>
    /// Images that occur earlier in the part, too.
    package let repeated: Int
  }

  /// The format's name.
  package let format: String
  package let shape: ImageShape
  package let classes: [String]
  /// Whether the values are bytes, and not floats.
  package let areBytes: Bool
  package let parts: [Part]
  /// Images to test on that are trained on, too.
  package let shared: Int
  /// Of these, those that have another label there.
  package let contradicting: Int
  /// Mean and deviation of each channel of the images to train on.
  package let statistics: ChannelStatistics
  package let warnings: [String]
}

extension OwnDataset {
  /// Reads all of the data and describes it.
  ///
  /// - Throws: `DatasetError` for what keeps a study from training on it.
  package func describe(progress: @escaping @Sendable (Int, Int) -> Void = { _, _ in }) throws
    -> DataDescription
  {
    let parts = try parts()
    let classes = try classNames(parts)
    let shape = try shape(parts)
    let reading = DataReading(skipsUnreadable: skipsUnreadable, progress: progress)
    var described: [DataDescription.Part] = []
    var warnings: [String] = []
    var statistics: ChannelStatistics?
    var areBytes = true
    var (shared, contradicting) = (0, 0)
    var known: [ImageDigest: UInt8] = [:]
    for (name, part) in [("train", parts.train)] + (parts.test.map { [("test", $0)] } ?? []) {
      let labels = try labels(part, classes, of: name == "train" ? nil : parts.train)
      let read = try part.values(of: Array(0..<part.count), as: shape, reading)
      warnings += Self.warnings(read, name)
      let lost = Set(read.unreadable.map(\.image))
      let kept = labels.indices.filter { !lost.contains($0) }.map { labels[$0] }
      guard !kept.isEmpty else {
        throw DatasetError(part.path, "none of its images can be read", remedy: "replace them")
      }
      let set = ImageSet(name: name, pixels: read.pixels, labels: kept, shape: shape)
      var own: [ImageDigest: UInt8] = [:]
      var repeated = 0
      for (image, digest) in set.digests().enumerated() {
        if own.updateValue(kept[image], forKey: digest) != nil { repeated += 1 }
        guard name == "test", let label = known[digest] else { continue }
        shared += 1
        if label != kept[image] { contradicting += 1 }
      }
      if name == "train" {
        known = own
        statistics = set.statistics()
        if case .floats = set.pixels { areBytes = false }
      }
      described.append(
        DataDescription.Part(
          name: name, path: part.path, images: kept.count,
          perClass: classes.indices.map { label in kept.count { Int($0) == label } }, range: set.range,
          repeated: repeated))
    }
    return DataDescription(
      format: format, shape: shape, classes: classes, areBytes: areBytes, parts: described, shared: shared,
      contradicting: contradicting, statistics: statistics ?? ChannelStatistics(mean: [], deviation: []),
      warnings: warnings)
  }
}

/// Half of an image's SHA-256, by which equal images are found.
struct ImageDigest: Hashable {
  let high: UInt64
  let low: UInt64
}

extension ImageSet {
  /// The digest of each image.
  func digests() -> [ImageDigest] {
    let size = shape.values * pixels.size
    return pixels.withUnsafeBytes { bytes in
      (0..<count).map { image in
        var hash = SHA256()
        hash.update(bufferPointer: .init(rebasing: bytes[(image * size)..<((image + 1) * size)]))
        return hash.finalize().withUnsafeBytes {
          ImageDigest(
            high: $0.loadUnaligned(as: UInt64.self), low: $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
          )
        }
      }
    }
  }

  /// The least and the largest value.
  var range: ClosedRange<Float> {
    switch pixels {
    case .bytes(let bytes): Float(bytes.min() ?? 0)...Float(bytes.max() ?? 0)
    case .floats(let floats): (floats.min() ?? 0)...(floats.max() ?? 0)
    }
  }
}
