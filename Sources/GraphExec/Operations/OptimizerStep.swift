/// One step of the optimizer on the node's parameter; reads the gradient.
public struct OptimizerStep: Operation {
  /// `update`.
  public static let name = "update"

  /// Creates the operation.
  public init() {}
}

/// Zeroes the gradient's entries that are pruned of the node's parameter, in place.
public struct MaskGradient: Operation {
  /// `mask`.
  public static let name = "mask"

  /// Creates the operation.
  public init() {}
}
