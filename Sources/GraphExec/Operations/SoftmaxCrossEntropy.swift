/// Loss and correct predictions of logits; its output, where it has one, is the gradient of the logits.
///
/// With label smoothing s, the target of a label among C classes is 1 - s + s / C, and that of every other class s / C
/// (Szegedy et al. 2016), as PyTorch's.
public struct SoftmaxCrossEntropy: Operation {
  /// `softmax_cross_entropy`.
  public static let name = "softmax_cross_entropy"
  /// The share of a target that all classes get alike.
  public let labelSmoothing: Double

  /// Creates the operation.
  public init(labelSmoothing: Double = 0) { self.labelSmoothing = labelSmoothing }
}
