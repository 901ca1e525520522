/// `y = a + b`; also what adds the gradients of a tensor with several readers.
public struct Add: LayerOperation {
  /// `add`.
  public static let name = "add"

  /// Creates the operation.
  public init() {}

  /// None.
  public static let options: [OptionDescription] = []
  /// Without options.
  public init(_ values: OptionValues) {}
  /// None.
  public var optionValues: OptionValues { [:] }

  /// That of both inputs.
  public func shape(_ inputs: [Shape]) throws(OperationError) -> Shape {
    guard inputs.count == 2 else { throw OperationError("takes two inputs, not \(inputs.count)") }
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
