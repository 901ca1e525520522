import GraphExec

/// Additions, and what is added to the outputs of a layer or multiplied with them: constants become part of its weights. So
/// does a batch norm that an exporter wrote as the arithmetic that it is.
extension ONNXReader {
  /// `Add`: of two tensors; or of a constant to the products of a layer, whose bias that is.
  mutating func readAddition(_ node: ONNXNode) throws(ONNXError) {
    guard node.inputs.count == 2 else { throw node.error("needs two inputs") }
    guard try !readArithmetic(node) else { return }
    switch (try value(node.inputs[0], of: node), try value(node.inputs[1], of: node)) {
    case (.tensor(let a), .tensor(let b)):
      guard a.isAlike(b) else {
        throw node.error("adds \(a.extents) and \(b.extents); both must have one shape")
      }
      try append(Add(), for: node, of: [a, b])
    case (.tensor(let x), .constant): try fold(node, into: x, constant: 1)
    case (.constant, .tensor(let x)): try fold(node, into: x, constant: 0)
    default: throw node.error("adds no tensors that follow from the images")
    }
  }

  /// `Sub`, `Mul` and `Div` with a constant.
  mutating func readScaling(_ node: ONNXNode) throws(ONNXError) {
    guard node.inputs.count == 2 else { throw node.error("needs two inputs") }
    guard try !readArithmetic(node) else { return }
    switch (try value(node.inputs[0], of: node), try value(node.inputs[1], of: node)) {
    case (.tensor(let x), .constant): try fold(node, into: x, constant: 1)
    case (.constant, .tensor(let x)) where node.operation == "Mul": try fold(node, into: x, constant: 0)
    default: throw node.error("is read with a constant on its right side only")
    }
  }

  /// Makes a constant part of the weights of the layer that puts a tensor out.
  private mutating func fold(_ node: ONNXNode, into x: ONNXView, constant place: Int) throws(ONNXError) {
    guard !x.isPadded else { throw node.error(ONNXView.onlyConvolutionsPad) }
    let (values, dims) = try floats(place, of: node)
    guard let index = layers.indices.last(where: { layers[$0].name == x.layer }), !x.isShared,
      let outputs = Self.outputs(layers[index].operation)
    else {
      throw node.error(
        "has a constant beside something else than the products of a layer that nothing else reads; Whittle makes it part of "
          + "that layer's weights")
    }
    let extents = Array(dims.drop { $0 == 1 })
    let fits =
      switch x.form {
      case .image(false): extents == [outputs, 1, 1]
      case .image(true), .features: extents == [outputs]
      case .plane: false
      }
    guard fits || values.count == 1 else {
      throw node.error("has a constant of shape \(dims) for \(outputs) outputs")
    }
    let own = values.count == 1 ? [Float](repeating: values[0], count: outputs) : values
    guard node.operation != "Div" || own.allSatisfy({ $0 != 0 }) else { throw node.error("divides by 0") }
    let layer = layers[index]
    switch node.operation {
    case "Add": shift(layer.name, outputs) { $0 + own[$1] }
    case "Sub": shift(layer.name, outputs) { $0 - own[$1] }
    case "Mul": scale(layer.name) { $0 * own[$1 % outputs] }
    default: scale(layer.name) { $0 / own[$1 % outputs] }
    }
    if parameters["\(layer.name).bias"] != nil {
      layers[index] = Network.Layer(layer.name, Self.biased(layer.operation), inputs: layer.inputs)
    }
    self.values[node.output] = .tensor(x)
  }

  /// Changes the bias of each output; where there is none, it is 0.
  private mutating func shift(_ layer: String, _ outputs: Int, _ change: (Float, Int) -> Float) {
    let bias = parameters["\(layer).bias"] ?? [Float](repeating: 0, count: outputs)
    parameters["\(layer).bias"] = bias.enumerated().map { change($1, $0) }
  }

  /// Changes weights, whose outputs come last, and biases.
  private mutating func scale(_ layer: String, _ change: (Float, Int) -> Float) {
    for name in ["\(layer).weight", "\(layer).bias"] {
      parameters[name] = parameters[name]?.enumerated().map { change($1, $0) }
    }
  }

  /// The outputs of an operation with products; nil for any other.
  private static func outputs(_ operation: any LayerOperation) -> Int? {
    (operation as? Linear)?.outputs ?? (operation as? Conv2D)?.outputs
  }

  /// The same operation with a bias.
  private static func biased(_ operation: any LayerOperation) -> any LayerOperation {
    switch operation {
    case let own as Linear: Linear(outputs: own.outputs, bias: true)
    case let own as Conv2D:
      Conv2D(outputs: own.outputs, kernel: own.kernel, stride: own.stride, padding: own.padding, bias: true)
    default: operation
    }
  }
}
