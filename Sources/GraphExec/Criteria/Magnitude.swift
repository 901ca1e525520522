/// The absolute value of an entry; the L2 norm of a unit's columns, which ranks as its square.
public struct Magnitude: Criterion {
  /// `magnitude`.
  public static let name = "magnitude"
  /// Both norms.
  public static let help = "absolute value of a weight; L2 norm of a unit's columns"
  /// Its own.
  public static let kernelFile = "magnitude"

  /// Creates the criterion.
  public init() {}

  /// The sum of squares, by fused multiply-adds.
  public func sum(_ sum: Float, adding entry: Float) -> Float { sum.addingProduct(entry, entry) }
}
