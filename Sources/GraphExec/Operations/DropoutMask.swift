/// Which entries of a tensor a step keeps: a hash of seed, tensor, step, feature and place in the batch, as `dropout.cl`
/// computes it.
package struct DropoutMask: Sendable {
  private let key: UInt32
  private let threshold: UInt32
  /// What kept entries are multiplied by.
  package let factor: Float

  /// The mask of a step.
  package init(_ rate: Double, of tensor: TensorID, seed: UInt64, step: Int) {
    let (low, high) = Self.halves(seed)
    var key = Self.hashed(Self.hashed(low) &+ high)
    key = Self.hashed(key &+ UInt32(truncatingIfNeeded: tensor.index))
    self.key = Self.hashed(key &+ UInt32(truncatingIfNeeded: step))
    threshold = Self.threshold(rate)
    factor = Self.factor(rate)
  }

  /// Whether an entry is kept.
  package func keeps(feature: Int, column: Int) -> Bool {
    let row = Self.hashed(key &+ UInt32(truncatingIfNeeded: feature))
    return Self.hashed(row &+ UInt32(truncatingIfNeeded: column)) >= threshold
  }

  static func halves(_ seed: UInt64) -> (low: UInt32, high: UInt32) {
    (UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
  }
  static func threshold(_ rate: Double) -> UInt32 { UInt32(min(rate * 0x1p32, 0x1p32 - 1)) }
  static func factor(_ rate: Double) -> Float { Float(1 / (1 - rate)) }

  /// A hash in which each bit changes half of the result's (C. Wellons, lowbias32).
  private static func hashed(_ bits: UInt32) -> UInt32 {
    var x = bits
    x ^= x >> 16
    x &*= 0x7feb_352d
    x ^= x >> 15
    x &*= 0x846c_a68b
    return x ^ (x >> 16)
  }
}
