/// `y = max(x, 0)`; a NaN stays one.
public struct ReLU: LayerOperation {
  /// `relu`.
  public static let name = "relu"

  /// Creates the operation.
  public init() {}

  /// None.
  public static let options: [OptionDescription] = []
  /// Without options.
  public init(_ values: OptionValues) {}
  /// None.
  public var optionValues: OptionValues { [:] }

  /// The input's.
  public func shape(_ inputs: [Shape]) throws(OperationError) -> Shape {
    guard inputs.count == 1 else { throw OperationError("takes one input, not \(inputs.count)") }
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
