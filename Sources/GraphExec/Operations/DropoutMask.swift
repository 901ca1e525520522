/// Which entries of a tensor a step keeps: a hash of seed, tensor, step, feature and place in the batch, as `dropout.cl`
/// computes it.
package struct DropoutMask: Sendable {
  private let bits: StepBits
  private let threshold: UInt32
  /// What kept entries are multiplied by.
  package let factor: Float

  /// The mask of a step.
  package init(_ rate: Double, of tensor: TensorID, seed: UInt64, step: Int) {
    bits = StepBits(of: tensor, seed: seed, step: step)
    threshold = Self.threshold(rate)
    factor = Self.factor(rate)
  }

  /// Whether an entry is kept.
  package func keeps(feature: Int, column: Int) -> Bool {
    StepBits.hashed(bits(feature) &+ UInt32(truncatingIfNeeded: column)) >= threshold
  }

  static func threshold(_ rate: Double) -> UInt32 { UInt32(min(rate * 0x1p32, 0x1p32 - 1)) }
  static func factor(_ rate: Double) -> Float { Float(1 / (1 - rate)) }
}
