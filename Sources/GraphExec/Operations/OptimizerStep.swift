/// One step of the optimizer on the node's parameter; reads the gradient.
public struct OptimizerStep: Operation {
  /// `update`.
  public static let name = "update"

  /// Creates the operation.
  public init() {}
}

/// Leaves the gradient of the node's parameter, which it reads, with the model: `ParameterPart.gradient`.
public struct KeepGradient: Operation {
  /// `keep_gradient`.
  public static let name = "keep_gradient"
  /// Whether it is added to what is there, as that of a batch after the first.
  public let isAdded: Bool
}

/// Zeroes the gradient's entries that are pruned of the node's parameter, in place.
public struct MaskGradient: Operation {
  /// `mask`.
  public static let name = "mask"

  /// Creates the operation.
  public init() {}
}
