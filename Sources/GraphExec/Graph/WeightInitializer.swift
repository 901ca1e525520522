import Foundation

/// How the weights of a fresh network are drawn.
///
/// Draws depend on seed and layer alone, so every run of a study with one seed starts from the same weights.
public enum WeightInitializer: Sendable, Equatable {
  /// Normal with standard deviation `sqrt(2 / inputs)` (He et al. 2015).
  case heNormal
  /// Normal with this standard deviation.
  case normal(std: Double)

  /// The weight matrices of `network`.
  public func weights(of network: Network, seed: UInt64) -> [Matrix] {
    (0..<network.depth).map { layer in
      let (inputs, outputs) = network.shape(of: layer)
      let std: Double
      switch self {
      case .heNormal: std = (2 / Double(inputs)).squareRoot()
      case .normal(let value): std = value
      }
      var random = SplitMix64(seed: seed, stream: UInt64(layer))
      var values = [Float](repeating: 0, count: inputs * outputs)
      for index in stride(from: 0, to: values.count, by: 2) {
        let (first, second) = random.nextNormalPair()
        values[index] = Float(first * std)
        if index + 1 < values.count { values[index + 1] = Float(second * std) }
      }
      return Matrix(rows: inputs, columns: outputs, values: values)
    }
  }
}

/// A small seeded generator of good quality (Steele, Lea & Flood 2014, 'Fast splittable pseudorandom number generators').
public struct SplitMix64: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// A generator whose draws depend on both numbers.
  public init(seed: UInt64, stream: UInt64) {
    var mixer = SplitMix64(state: seed)
    let offset = mixer.next()
    state = offset ^ (stream &* 0xD1B5_4A32_D192_ED03)
    _ = next()
  }

  private init(state: UInt64) { self.state = state }

  /// The next 64 bits.
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// Two independent draws from N(0, 1) (Box & Muller 1958).
  public mutating func nextNormalPair() -> (Double, Double) {
    let u = Double((next() >> 11) + 1) * 0x1p-53
    let v = Double(next() >> 11) * 0x1p-53
    let radius = (-2 * log(u)).squareRoot()
    return (radius * cos(2 * .pi * v), radius * sin(2 * .pi * v))
  }

  /// The numbers 0..<count in random order (Fisher-Yates).
  public mutating func permutation(_ count: Int) -> [Int32] {
    var order = (0..<Int32(count)).map { $0 }
    order.shuffle(using: &self)
    return order
  }
}
