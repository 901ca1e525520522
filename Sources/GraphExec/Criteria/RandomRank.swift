/// By chance: a hash of the run's seed, the parameter and the candidate's place. So every backend draws the same, and so
/// does a run each time that it ranks.
public struct RandomRank: Criterion {
  /// `random`.
  public static let name = "random"
  /// That values do not matter.
  public static let help = "by chance, from the run's seed: what the others are to be better than"
  /// Its own.
  public static let kernelFile = "random"

  /// Creates the criterion.
  public init() {}

  /// Nothing is summed.
  public func sum(_ sum: Float, adding entry: Float) -> Float { sum }
  /// All of the bits but the last.
  public func rank(_ score: Float, bits: @autoclosure () -> UInt32) -> UInt32 { bits() >> 1 }
}
