/// Random bits of a step: a hash of the seed, a tensor, the step and a place, as `common.cl` computes them.
public struct StepBits: Sendable {
  private let key: UInt32

  /// The bits of a step that are for a tensor.
  package init(of tensor: TensorID, seed: UInt64, step: Int) {
    let (low, high) = Self.halves(seed)
    var key = Self.hashed(Self.hashed(low) &+ high)
    key = Self.hashed(key &+ UInt32(truncatingIfNeeded: tensor.index))
    self.key = Self.hashed(key &+ UInt32(truncatingIfNeeded: step))
  }

  /// The bits that rank the candidates of a weight: of no step, since steps count from 1.
  package init(of weight: ParameterID, seed: UInt64) {
    self.init(of: TensorID(weight.index), seed: seed, step: 0)
  }

  /// What kernels are given of them.
  var argument: Launch.Argument { .bits(key) }

  /// 32 bits for a place.
  public func callAsFunction(_ place: Int) -> UInt32 {
    Self.hashed(key &+ UInt32(truncatingIfNeeded: place))
  }

  /// What kernels are given of a seed and a tensor.
  static func arguments(of tensor: TensorID, seed: UInt64) -> [Launch.Argument] {
    let (low, high) = halves(seed)
    return [low, high, UInt32(truncatingIfNeeded: tensor.index)].map { .bits($0) }
  }

  private static func halves(_ seed: UInt64) -> (low: UInt32, high: UInt32) {
    (UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
  }

  /// A hash in which each bit changes half of the result's (C. Wellons, lowbias32).
  package static func hashed(_ bits: UInt32) -> UInt32 {
    var x = bits
    x ^= x >> 16
    x &*= 0x7feb_352d
    x ^= x >> 15
    x &*= 0x846c_a68b
    return x ^ (x >> 16)
  }
}
