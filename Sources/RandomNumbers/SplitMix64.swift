import Foundation

/// A small seeded generator whose numbers are the same on every machine.
///
/// Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
public struct SplitMix64: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// A generator whose draws depend on both numbers.
  public init(seed: UInt64, stream: UInt64) {
    var mixer = SplitMix64(state: seed)
    let offset = mixer.next()
    state = offset ^ (stream &* 0xD1B5_4A32_D192_ED03)
    _ = next()
  }

  /// A generator for one item of one stream of a seed, unrelated to that of any other.
  package init(seed: UInt64, stream: UInt64, item: UInt64) {
    state = seed
    for word in [stream, item] {
      state = next() ^ word
    }
    state = next()
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
}

extension SplitMix64 {
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

  /// A whole number of 0..<bound.
  ///
  /// The bias of the multiplication is below bound / 2^32.
  package mutating func below(_ bound: Int) -> Int {
    Int(((next() >> 32) &* UInt64(bound)) >> 32)
  }

  /// A number of lower..<upper, one of 2^24 equally likely values; both bounds exact, so is the arithmetic.
  package mutating func uniform(_ lower: Float, _ upper: Float) -> Float {
    lower + (upper - lower) * (Float(next() >> 40) * 0x1p-24)
  }
}
