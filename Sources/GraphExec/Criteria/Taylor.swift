/// `(g w)^2` of an entry, and the square of the sum of `g w` over a unit, g being the loss's gradient added up over batches: the
/// squared change of the loss, to first order, as it goes (Molchanov et al. 2019). They rank as their roots.
///
/// The paper prunes trained networks, little by little, on averages over some batches.
public struct Taylor: Criterion {
  /// `taylor`.
  public static let name = "taylor"
  /// Both formulas.
  public static let help =
    "(g w)^2, g the loss's gradient over some batches; the square of the sum of g w over a unit (Molchanov et al. 2019)"
  /// Its own.
  public static let kernelFile = "taylor"
  /// Gradients on images.
  public static let needs: Set<CriterionInput> = [.weights, .gradients, .data]
  /// Ten.
  public static let batches = 10

  /// Creates the criterion.
  public init() {}

  /// The sum.
  public func sum(_ sum: Float, adding entry: Float) -> Float { sum + entry }
}
