/// `Y = Wᵀ X + b`: every output is a weighted sum of all inputs, and a bias where there is one.
public struct Linear: LayerOperation {
  /// `linear`.
  public static let name = "linear"
  /// Output features.
  public let outputs: Int
  /// Whether a bias is added to each.
  public let bias: Bool

  /// Creates a layer of so many outputs.
  public init(outputs: Int, bias: Bool = false) {
    self.outputs = outputs
    self.bias = bias
  }

  /// How many outputs, and whether with a bias.
  public static let options = [
    OptionDescription("outputs", .integer(1...65_536), "output features"),
    OptionDescription("bias", .flag, default: .flag(false), "whether a bias is added to each output"),
  ]
  /// From its options.
  public init(_ values: OptionValues) {
    self.init(outputs: values.integer("outputs"), bias: values.flag("bias"))
  }
  /// What `options` describes.
  public var optionValues: OptionValues { ["outputs": .integer(outputs), "bias": .flag(bias)] }

  /// Flat, of `outputs` features.
  public func shape(_ inputs: [Shape]) throws(OperationError) -> Shape {
    guard inputs[0].isFlat else {
      throw OperationError("takes a flat tensor, not one of \(inputs[0]); put a flatten before it")
    }
    return Shape(outputs)
  }

  /// The weight, `[inputs, outputs]`, and the bias, `[outputs]`.
  public func parameters(_ inputs: [Shape]) -> [ParameterShape] {
    let weight = ParameterShape(
      "weight", [inputs[0].count, outputs], start: .drawn(fanIn: inputs[0].count))
    return bias ? [weight, ParameterShape("bias", [outputs], start: .constant(0))] : [weight]
  }

  /// `dX = W dY`, `G = X dYᵀ` and `db = sum dY`.
  public func gradients(_ call: GradientCall, upstream: TensorID, in graph: inout Graph) -> Gradients {
    let (x, weight) = (call.inputs[0], call.parameters[0])
    var input: TensorID?
    if call.needsInput[0] {
      let gradient = graph.declareGradient(of: x)
      graph.append(LinearInputGradient(), [upstream], [weight], to: gradient)
      input = gradient
    }
    let gradient = graph.declareGradient(of: weight)
    graph.append(LinearWeightGradient(), [x, upstream], [weight], to: gradient)
    guard bias else { return Gradients(inputs: [input], parameters: [gradient]) }
    let biasGradient = graph.declareGradient(of: call.parameters[1])
    graph.append(BiasGradient(), [upstream], to: biasGradient)
    return Gradients(inputs: [input], parameters: [gradient, biasGradient])
  }

  /// Its own.
  public var units: UnitMap { .own }
  /// Of so many outputs.
  public func resized(units: Int) -> Linear { Linear(outputs: units, bias: bias) }
  /// One for each entry of the weight.
  public func macs(_ inputs: [Shape]) -> Int { inputs[0].count * outputs }
}

/// `dX = W dY`; reads dY.
public struct LinearInputGradient: Operation {
  /// `linear_input_gradient`.
  public static let name = "linear_input_gradient"

  /// Creates the operation.
  public init() {}
}

/// `G = X dYᵀ`; reads X and dY.
public struct LinearWeightGradient: Operation {
  /// `linear_weight_gradient`.
  public static let name = "linear_weight_gradient"

  /// Creates the operation.
  public init() {}
}
