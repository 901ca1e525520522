/// `y = x` with all pixels of all channels as features; their order stays.
public struct Flatten: LayerOperation, WithoutOptions {
  /// `flatten`.
  public static let name = "flatten"

  /// Creates the operation.
  public init() {}

  /// Flat, of as many features as the input has values.
  public func shape(_ inputs: [Shape]) throws(OperationError) -> Shape {
    return Shape(inputs[0].count)
  }

  /// The same values in the input's shape.
  public func gradients(_ call: GradientCall, upstream: TensorID, in graph: inout Graph) -> Gradients {
    guard call.needsInput[0] else { return Gradients(inputs: [nil]) }
    let gradient = graph.declareGradient(of: call.inputs[0])
    graph.append(Unflatten(), [upstream], to: gradient)
    return Gradients(inputs: [gradient])
  }
}

/// `x = y` with the features of a flat tensor as pixels of channels.
public struct Unflatten: Operation {
  /// `unflatten`.
  public static let name = "unflatten"

  /// Creates the operation.
  public init() {}
}
