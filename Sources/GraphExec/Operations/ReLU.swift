/// `y = max(x, 0)`; a NaN stays one.
public struct ReLU: LayerOperation, WithoutOptions {
  /// `relu`.
  public static let name = "relu"

  /// Creates the operation.
  public init() {}

  /// The input's.
  public func shape(_ inputs: [Shape]) throws(OperationError) -> Shape {
    return inputs[0]
  }

  /// `dx = dy` where the activation is positive, which it is just where its input was.
  public func gradients(_ call: GradientCall, upstream: TensorID, in graph: inout Graph) -> Gradients {
    guard call.needsInput[0] else { return Gradients(inputs: [nil]) }
    let gradient = graph.declareGradient(of: call.inputs[0])
    graph.append(ReLUGate(), [call.output, upstream], to: gradient)
    return Gradients(inputs: [gradient])
  }
}

/// `dx = dy` where the activation is positive; reads the activation and dy.
public struct ReLUGate: Operation {
  /// `relu_gate`.
  public static let name = "relu_gate"

  /// Creates the operation.
  public init() {}
}
