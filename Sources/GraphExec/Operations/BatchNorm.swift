/// `y = scale (x - mean) / sqrt(variance + epsilon) + shift`, mean and variance being those of a channel over a batch's images
/// and pixels (Ioffe & Szegedy 2015); in an evaluation, the running ones. As PyTorch's.
public struct BatchNorm: LayerOperation {
  /// `batch_norm`.
  public static let name = "batch_norm"
  /// The share of a step's mean and variance in the running ones.
  public let momentum: Double
  /// Added to the variance.
  public let epsilon: Double

  /// Creates the operation.
  public init(momentum: Double = 0.1, epsilon: Double = 1e-5) {
    self.momentum = momentum
    self.epsilon = epsilon
  }

  /// Momentum and epsilon.
  public static let options = [
    OptionDescription(
      "momentum", .number(0, 1), default: .number(0.1), "share of a step's statistics in the running ones"),
    OptionDescription(
      "epsilon", .number(0, 1, excludesLower: true), default: .number(1e-5), "added to the variance"),
  ]
  /// From its options.
  public init(_ values: OptionValues) {
    self.init(momentum: values.number("momentum"), epsilon: values.number("epsilon"))
  }
  /// What `options` describes.
  public var optionValues: OptionValues { ["momentum": .number(momentum), "epsilon": .number(epsilon)] }

  /// The input's.
  public func shape(_ inputs: [Shape]) throws(OperationError) -> Shape {
    return inputs[0]
  }

  /// Scale, shift, running mean and running variance of each channel; the last two have no gradient.
  public func parameters(_ inputs: [Shape]) -> [ParameterShape] {
    [("scale", 1), ("shift", 0), ("mean", 0), ("variance", 1)].map {
      ParameterShape($0, [inputs[0].channels], start: .constant($1))
    }
  }

  /// Those of the scale and the shift, and from these that of the input.
  public func gradients(_ call: GradientCall, upstream: TensorID, in graph: inout Graph) -> Gradients {
    let (x, scale, shift) = (call.inputs[0], call.parameters[0], call.parameters[1])
    let dScale = graph.declareGradient(of: scale)
    graph.append(BatchNormScaleGradient(self, of: call.output), [x, upstream], to: dScale)
    let dShift = graph.declareGradient(of: shift)
    graph.append(BiasGradient(), [upstream], to: dShift)
    var input: TensorID?
    if call.needsInput[0] {
      let gradient = graph.declareGradient(of: x)
      graph.append(
        BatchNormInputGradient(self, of: call.output), [x, upstream, dScale, dShift], [scale], to: gradient)
      input = gradient
    }
    return Gradients(inputs: [input], parameters: [dScale, dShift, nil, nil])
  }

  /// With the running mean and variance.
  public var evaluated: any Operation { BatchNormInference(epsilon: epsilon) }
  /// With a step's mean and variance, of which nothing goes into the running ones.
  public var unchanging: any Operation { BatchNorm(momentum: 0, epsilon: epsilon) }
}

/// `dscale = sum dy (x - mean) / sqrt(variance + epsilon)`; reads x and dy.
public struct BatchNormScaleGradient: Operation {
  /// `batch_norm_scale_gradient`.
  public static let name = "batch_norm_scale_gradient"
  /// Added to the variance.
  public let epsilon: Double
  /// What the forward pass wrote: its statistics are that tensor's.
  public let forward: TensorID

  init(_ operation: BatchNorm, of forward: TensorID) {
    (epsilon, self.forward) = (operation.epsilon, forward)
  }
}

/// `dx = scale / sqrt(variance + epsilon) (dy - (dshift + x^ dscale) / n)`, `x^` being the normalised x and n the entries of a
/// channel; reads x, dy, dscale and dshift.
public struct BatchNormInputGradient: Operation {
  /// `batch_norm_input_gradient`.
  public static let name = "batch_norm_input_gradient"
  /// Added to the variance.
  public let epsilon: Double
  /// What the forward pass wrote: its statistics are that tensor's.
  public let forward: TensorID

  init(_ operation: BatchNorm, of forward: TensorID) {
    (epsilon, self.forward) = (operation.epsilon, forward)
  }
}

extension BatchNormInputGradient: TrainingGradient {
  /// That of a factor for each channel.
  func evaluated(_ node: Graph.Node, in graph: Graph) -> Graph.Node {
    let parameters = graph.nodes.first { $0.output == forward }?.parameters ?? []
    return Graph.Node(
      operation: BatchNormInferenceGradient(epsilon: epsilon, forward: forward), inputs: [node.inputs[1]],
      parameters: parameters, output: node.output)
  }
}

/// `dx = scale / sqrt(variance + epsilon) dy`, with the running variance; reads dy, and the parameters.
public struct BatchNormInferenceGradient: Operation {
  /// `batch_norm_inference_gradient`.
  public static let name = "batch_norm_inference_gradient"
  /// Added to the variance.
  public let epsilon: Double
  /// What the forward pass wrote: the factors are that tensor's.
  public let forward: TensorID
}

/// Batch norm with the running mean and variance: a factor and an offset for each channel.
public struct BatchNormInference: Operation {
  /// `batch_norm_inference`.
  public static let name = "batch_norm_inference"
  /// Added to the variance.
  public let epsilon: Double
}
