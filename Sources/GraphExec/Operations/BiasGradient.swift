/// `db = sum dY` over a channel's pixels and the batch's images; reads dY.
public struct BiasGradient: Operation {
  /// `bias_gradient`.
  public static let name = "bias_gradient"

  /// Creates the operation.
  public init() {}
}
