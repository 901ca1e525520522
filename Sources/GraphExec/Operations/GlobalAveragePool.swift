/// `y` = the mean of each channel's pixels: a flat tensor.
public struct GlobalAveragePool: LayerOperation, WithoutOptions {
  /// `global_average_pool`.
  public static let name = "global_average_pool"

  /// Creates the operation.
  public init() {}

  /// Flat, of as many features as the input has channels.
  public func shape(_ inputs: [Shape]) throws(OperationError) -> Shape {
    return Shape(inputs[0].channels)
  }

  /// The output's gradient, shared out among each channel's pixels.
  public func gradients(_ call: GradientCall, upstream: TensorID, in graph: inout Graph) -> Gradients {
    guard call.needsInput[0] else { return Gradients(inputs: [nil]) }
    let gradient = graph.declareGradient(of: call.inputs[0])
    graph.append(GlobalAveragePoolGradient(), [upstream], to: gradient)
    return Gradients(inputs: [gradient])
  }
}

/// `dx` = `dy` of the channel over its pixels; reads dy.
public struct GlobalAveragePoolGradient: Operation {
  /// `global_average_pool_gradient`.
  public static let name = "global_average_pool_gradient"
}
