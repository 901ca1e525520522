/// Loss and correct predictions of logits; its output, where it has one, is the gradient of the logits.
public struct SoftmaxCrossEntropy: Operation {
  /// `softmax_cross_entropy`.
  public static let name = "softmax_cross_entropy"

  /// Creates the operation.
  public init() {}
}
