/// `y = a + b`; also what adds the gradients of a tensor with several readers.
public struct Add: LayerOperation, WithoutOptions {
  /// `add`.
  public static let name = "add"

  /// Two.
  public static let inputCount = 2

  /// Creates the operation.
  public init() {}

  /// That of both inputs.
  public func shape(_ inputs: [Shape]) throws(OperationError) -> Shape {
    guard inputs[0] == inputs[1] else {
      throw OperationError("adds tensors of one shape, not \(inputs[0]) and \(inputs[1])")
    }
    return inputs[0]
  }

  /// Both inputs' gradients are the output's.
  public func gradients(_ call: GradientCall, upstream: TensorID, in graph: inout Graph) -> Gradients {
    Gradients(inputs: call.needsInput.map { $0 ? upstream : nil })
  }
}
