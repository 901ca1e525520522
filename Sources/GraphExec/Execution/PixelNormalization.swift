/// How a byte of an image becomes what a network sees: `(byte / 255 - mean) / deviation`, by channel.
///
/// A backend computes it as `fma(byte, factor, offset)` with numbers that are rounded once, so that all of them get the same
/// bits. Without a normalization the offset is 0, and this is the byte divided by 255.
public struct PixelNormalization: Sendable, Hashable {
  /// The mean of each channel, of values from 0 to 1.
  public let mean: [Double]
  /// The standard deviation of each channel, likewise.
  public let deviation: [Double]

  /// A normalization by these numbers, one of each for every channel; one alone goes for all channels.
  public init(mean: [Double], deviation: [Double]) {
    precondition(
      !mean.isEmpty && mean.count == deviation.count && !deviation.contains(0),
      "a mean and a deviation for each channel")
    (self.mean, self.deviation) = (mean, deviation)
  }

  /// Bytes divided by 255.
  public static let none = PixelNormalization(mean: [0], deviation: [1])

  /// What a byte is multiplied by, and what is added, for each of so many features: first all factors, then all offsets.
  package func scales(features: Int) -> [Float] {
    precondition(features % mean.count == 0, "\(features) features are not those of \(mean.count) channels")
    let pixels = features / mean.count
    let factors = deviation.map { Float(1 / (255 * $0)) }
    let offsets = zip(mean, deviation).map { Float(0 - $0 / $1) }
    return [factors, offsets].flatMap { numbers in (0..<features).map { numbers[$0 / pixels] } }
  }
}

extension PixelNormalization {
  /// What a network sees of images of bytes, with the bits that a device makes of them.
  package func seen(_ bytes: [UInt8], features: Int) -> [Float] {
    let scales = scales(features: features)
    return seen(bytes, features: features) { byte, feature in
      scales[features + feature].addingProduct(Float(byte), scales[feature])
    }
  }

  /// What a network sees of images of floats, which are not divided by anything first: `(value - mean) / deviation`, rounded
  /// once.
  package func seen(_ floats: [Float], features: Int) -> [Float] {
    guard self != .none else { return floats }
    let pixels = features / mean.count
    return seen(floats, features: features) { value, feature in
      Float((Double(value) - mean[feature / pixels]) / deviation[feature / pixels])
    }
  }

  private func seen<Value>(_ values: [Value], features: Int, _ float: (Value, Int) -> Float) -> [Float] {
    [Float](unsafeUninitializedCapacity: values.count) { seen, count in
      for start in stride(from: 0, to: values.count, by: features) {
        for feature in 0..<features { seen[start + feature] = float(values[start + feature], feature) }
      }
      count = values.count
    }
  }
}
