/// A small random generator whose numbers are the same on every machine.
///
/// Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
struct SplitMix64 {
  private var state: UInt64

  /// A generator for one item of one stream of a seed, unrelated to that of any other.
  init(seed: UInt64, stream: UInt64, item: UInt64) {
    state = seed
    for word in [stream, item] {
      state = next() ^ word
    }
    state = next()
  }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// A whole number of 0..<bound.
  ///
  /// The bias of the multiplication is below bound / 2^32.
  mutating func below(_ bound: Int) -> Int {
    Int(((next() >> 32) &* UInt64(bound)) >> 32)
  }

  /// A number of lower..<upper, one of 2^24 equally likely values; both bounds exact, so is the arithmetic.
  mutating func uniform(_ lower: Float, _ upper: Float) -> Float {
    lower + (upper - lower) * (Float(next() >> 40) * 0x1p-24)
  }
}
