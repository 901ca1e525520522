/// `y` = the sum of each window's pixels over its size, pixels beyond the edge being zeros.
public struct AveragePool: WindowedPool {
  /// `average_pool`.
  public static let name = "average_pool"
  /// Its windows.
  public let window: PoolWindow

  /// Creates the operation.
  public init(_ window: PoolWindow) { self.window = window }

  /// The output's gradient, shared out among each window's pixels.
  public func gradients(_ call: GradientCall, upstream: TensorID, in graph: inout Graph) -> Gradients {
    guard call.needsInput[0] else { return Gradients(inputs: [nil]) }
    let gradient = graph.declareGradient(of: call.inputs[0])
    graph.append(AveragePoolGradient(window: window), [upstream], to: gradient)
    return Gradients(inputs: [gradient])
  }
}

/// `dx` = the sum of `dy` over a pixel's windows, over their size; reads dy.
public struct AveragePoolGradient: Operation {
  /// `average_pool_gradient`.
  public static let name = "average_pool_gradient"
  /// The windows of the pooling.
  public let window: PoolWindow
}
