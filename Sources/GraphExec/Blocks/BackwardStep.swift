/// What a launch of a backward pass does, for kernels that run a step of training in two launches. Tensors have one pixel.
package enum BackwardStep: Sendable, Equatable {
  /// It computes the loss of the logits, and its gradient.
  case loss(SoftmaxCrossEntropy, of: TensorOperand, gradient: BufferID)
  /// It computes the gradient of a product's input, which passes the ReLU's gate of an activation if there is one.
  case inputGradient(ParameterID, of: BufferID, to: BufferID, gate: BufferID?)
  /// It updates a weight by the gradient of what it multiplied and of its products.
  case update(ParameterID, by: BufferID, BufferID, masked: Bool)
  /// It sums up the gradient of a bias.
  case sum(BufferID, to: BufferID)
  /// It updates a parameter by its gradient.
  case updateBy(ParameterID, BufferID)
}
