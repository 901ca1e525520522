import GraphExec

/// The names under which a single kernel finds its operands.
extension BufferID {
  /// A layer's activations, or those of a gate.
  static let x = tensor(TensorID(0))
  /// The gradient of a layer's output.
  static let dY = tensor(TensorID(1))
  /// What the kernel writes.
  static let out = tensor(TensorID(2))
  /// The gradient of a weight.
  static let gradient = tensor(TensorID(3))

  /// The bias.
  static let bias = parameter(ParameterID(1), .value)

  /// A part of the only weight.
  static func weight(_ part: ParameterPart) -> BufferID { .parameter(ParameterID(0), part) }
}

extension LayerWeight {
  /// The only weight.
  init(inputs: Int, outputs: Int) {
    self.init(ParameterID(0), label: "layer", inputs: inputs, outputs: outputs)
  }
}
