/// `y = x / (1 - rate)` at entries drawn anew in each step, 0 at the others (Srivastava et al. 2014); nothing changes in an
/// evaluation.
public struct Dropout: LayerOperation {
  /// `dropout`.
  public static let name = "dropout"
  /// The share of the entries that become 0.
  public let rate: Double

  /// Creates the operation.
  public init(rate: Double) { self.rate = rate }

  /// The rate.
  public static let options = [
    OptionDescription(
      "rate", .number(0, 1, excludesUpper: true), default: .number(0.5), "share of the entries that become 0")
  ]
  /// From its options.
  public init(_ values: OptionValues) { self.init(rate: values.number("rate")) }
  /// What `options` describes.
  public var optionValues: OptionValues { ["rate": .number(rate)] }

  /// The input's.
  public func shape(_ inputs: [Shape]) throws(OperationError) -> Shape {
    return inputs[0]
  }

  /// The output's gradient through the same mask.
  public func gradients(_ call: GradientCall, upstream: TensorID, in graph: inout Graph) -> Gradients {
    guard call.needsInput[0] else { return Gradients(inputs: [nil]) }
    let gradient = graph.declareGradient(of: call.inputs[0])
    graph.append(DropoutGradient(rate: rate, forward: call.output), [upstream], to: gradient)
    return Gradients(inputs: [gradient])
  }

  /// The same values.
  public var evaluated: any Operation { Identity() }
}

/// `dx = dy / (1 - rate)` at the entries that the step has kept, 0 at the others; reads dy.
public struct DropoutGradient: Operation {
  /// `dropout_gradient`.
  public static let name = "dropout_gradient"
  /// The share of the entries that become 0.
  public let rate: Double
  /// What the forward pass wrote: the mask is that tensor's.
  public let forward: TensorID
}

extension DropoutGradient: TrainingGradient {
  /// `dx = dy`.
  func evaluated(_ node: Graph.Node, in graph: Graph) -> Graph.Node {
    Graph.Node(operation: Identity(), inputs: node.inputs, parameters: [], output: node.output)
  }
}

/// `y = x`: what becomes of a dropout in an evaluation.
public struct Identity: Operation {
  /// `identity`.
  public static let name = "identity"
}
