/// The absolute value of a unit's scale in a batch norm (network slimming, Liu et al. 2017); where an addition ties units
/// together and they have several, the sum.
public struct BatchNormScale: Criterion {
  /// `batch_norm_scale`.
  public static let name = "batch_norm_scale"
  /// What of a batch norm.
  public static let help = "absolute value of a unit's scale in its batch norm (Liu et al. 2017)"
  /// Sums of absolute values.
  public static let kernelFile = L1Norm.kernelFile
  /// No weight has one.
  public static let ranksWeights = false

  /// Creates the criterion.
  public init() {}

  /// The scales of the group's batch norms.
  public func ranking(_ owners: UnitOwners, of network: Network) -> [UnitOwners.Owned] {
    owners.others.filter { owned in
      let layer = network.layer(of: owned.parameter)
      return network.layers[layer].operation is BatchNorm
        && network.parameters(of: layer).first == owned.parameter
    }
  }

  /// The sum of absolute values.
  public func sum(_ sum: Float, adding entry: Float) -> Float { sum + entry.magnitude }
}
