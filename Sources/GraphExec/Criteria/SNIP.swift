/// `|g w|` of an entry, g being the loss's gradient on a batch: how much the loss changes, to first order, as a connection goes
/// (Lee et al. 2019, "SNIP"); of a unit the sum.
///
/// The paper's mask is made before training, of all weights ranked together, on one batch.
public struct SNIP: Criterion {
  /// `snip`.
  public static let name = "snip"
  /// The formula.
  public static let help =
    "absolute value of g w, g the loss's gradient on a batch; the sum over a unit (Lee et al. 2019)"
  /// Sums of absolute values.
  public static let kernelFile = L1Norm.kernelFile
  /// Gradients on images.
  public static let needs: Set<CriterionInput> = [.weights, .gradients, .data]

  /// Creates the criterion.
  public init() {}

  /// The sum of absolute values.
  public func sum(_ sum: Float, adding entry: Float) -> Float { sum + entry.magnitude }
}
