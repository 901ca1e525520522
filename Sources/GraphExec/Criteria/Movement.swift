/// The sum of `-g w` over the steps so far, g being the loss's gradient in a step: how far training moved an entry away from zero
/// (Sanh et al. 2020, "Movement Pruning"); of a unit the sum. What moved towards zero most goes first, whatever its size.
///
/// The paper prunes little by little while a network is fine-tuned. Its scores go on for pruned weights, which may come back;
/// here what is pruned stays so.
public struct Movement: Criterion {
  /// `movement`.
  public static let name = "movement"
  /// The formula.
  public static let help =
    "the sum of -g w over the steps so far, g a step's gradient: what moved away from zero stays; the sum over a unit "
    + "(Sanh et al. 2020)"
  /// Sums with their signs.
  public static let kernelFile = GraSP.kernelFile
  /// What training adds up.
  public static let needs: Set<CriterionInput> = [.movement]

  /// Creates the criterion.
  public init() {}

  /// The sum.
  public func sum(_ sum: Float, adding entry: Float) -> Float { sum + entry }

  /// Ordered as the numbers are, as in GraSP.
  public func rank(_ score: Float, bits: @autoclosure () -> UInt32) -> UInt32 {
    GraSP().rank(score, bits: bits())
  }
}
