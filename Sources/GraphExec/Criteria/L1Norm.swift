/// The absolute value of an entry; the L1 norm of a unit's columns (Li et al. 2017).
public struct L1Norm: Criterion {
  /// `l1_norm`.
  public static let name = "l1_norm"
  /// Both norms.
  public static let help = "absolute value of a weight; L1 norm of a unit's columns (Li et al. 2017)"
  /// Its own.
  public static let kernelFile = "l1_norm"

  /// Creates the criterion.
  public init() {}

  /// The sum of absolute values.
  public func sum(_ sum: Float, adding entry: Float) -> Float { sum + entry.magnitude }
}
