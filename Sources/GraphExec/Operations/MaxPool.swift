/// `y` = the largest pixel of each window; a NaN is the largest.
public struct MaxPool: WindowedPool {
  /// `max_pool`.
  public static let name = "max_pool"
  /// Its windows.
  public let window: PoolWindow

  /// Creates the operation.
  public init(_ window: PoolWindow) { self.window = window }

  /// The output's gradient at the first of each window's largest pixels.
  public func gradients(_ call: GradientCall, upstream: TensorID, in graph: inout Graph) -> Gradients {
    guard call.needsInput[0] else { return Gradients(inputs: [nil]) }
    let gradient = graph.declareGradient(of: call.inputs[0])
    graph.append(MaxPoolGradient(window: window), [call.inputs[0], upstream], to: gradient)
    return Gradients(inputs: [gradient])
  }
}

/// `dx` = the sum of `dy` over the windows whose first largest pixel this is; reads x and dy.
public struct MaxPoolGradient: Operation {
  /// `max_pool_gradient`.
  public static let name = "max_pool_gradient"
  /// The windows of the pooling.
  public let window: PoolWindow
}
