/// What a node of a graph computes: a value that knows no device and no buffers.
///
/// A backend finds out how to run one by the protocol of its own that the operation conforms to: `DeviceOperation` here,
/// `HostOperation` in `Reference`.
public protocol Operation: Sendable, Hashable {
  /// The word that configs, plans and messages use.
  static var name: String { get }
}

extension Operation {
  /// The word for the operation, of a value whose type is not known.
  public var name: String { Self.name }

  func equals(_ other: any Operation) -> Bool { (other as? Self) == self }
}

/// An operation that a layer of a network can be; `LayerOperations` lists all that there are.
public protocol LayerOperation: Operation, Configurable {
  /// How many tensors it reads.
  static var inputCount: Int { get }
  /// The shape of the result, of as many inputs as `inputCount` says.
  ///
  /// - Throws: `OperationError` where the inputs do not fit, with their sizes.
  func shape(_ inputs: [Shape]) throws(OperationError) -> Shape
  /// The parameters, in the order in which a node names them.
  func parameters(_ inputs: [Shape]) -> [ParameterShape]
  /// Appends the nodes that compute the gradients of a call's inputs and parameters.
  ///
  /// - Parameters:
  ///   - call: what the operation was called with.
  ///   - upstream: the gradient of the call's output.
  ///   - graph: what the nodes are appended to.
  func gradients(_ call: GradientCall, upstream: TensorID, in graph: inout Graph) -> Gradients
  /// Which units of the inputs, the output and the parameters belong together.
  var units: UnitMap { get }
  /// The same operation with so many output units; itself where the output's units are those of the inputs.
  func resized(units: Int) -> Self
  /// Multiply-adds for one image.
  func macs(_ inputs: [Shape]) -> Int
  /// The words for its size, where what its products cost in a format depends on that; nil where they cost an entry what
  /// those of any other size do.
  func pricedSize(_ inputs: [Shape]) -> String?
  /// What an evaluation computes in its place, of the same inputs and parameters.
  var evaluated: any Operation { get }
  /// What computes the same as a training step and leaves all parameters as they are.
  var unchanging: any Operation { get }
}

extension LayerOperation {
  /// One.
  public static var inputCount: Int { 1 }
  /// None.
  public func parameters(_ inputs: [Shape]) -> [ParameterShape] { [] }
  /// The output's units are the inputs' units.
  public var units: UnitMap { .ofInputs }
  /// Itself.
  public func resized(units: Int) -> Self { self }
  /// None.
  public func macs(_ inputs: [Shape]) -> Int { 0 }
  /// Like any other.
  public func pricedSize(_ inputs: [Shape]) -> String? { nil }
  /// Itself.
  public var evaluated: any Operation { self }
  /// Itself.
  public var unchanging: any Operation { self }
}

/// The gradient of an operation that an evaluation has another one in the place of.
protocol TrainingGradient: Operation {
  /// The gradient of that: what comes in a node's place.
  func evaluated(_ node: Graph.Node, in graph: Graph) -> Graph.Node
}

/// A forward node whose gradients are asked for.
public struct GradientCall: Sendable {
  /// Tensors read, in the operation's order.
  public let inputs: [TensorID]
  /// Parameters read.
  public let parameters: [ParameterID]
  /// The tensor written.
  public let output: TensorID
  /// For each input, whether its gradient is needed.
  public let needsInput: [Bool]
}

/// What a node contributes to the gradients of what it read; nil where it contributes nothing.
public struct Gradients: Sendable, Equatable {
  /// For each input.
  public var inputs: [TensorID?]
  /// For each parameter.
  public var parameters: [TensorID?]

  /// Creates the contributions.
  public init(inputs: [TensorID?], parameters: [TensorID?] = []) {
    self.inputs = inputs
    self.parameters = parameters
  }
}

/// Which units of an operation belong together: removing one of the output takes these parts of the parameters with it.
///
/// A unit is a channel of an image, or a feature of a flat tensor; behind a flattening, all features that were a channel.
public enum UnitMap: Sendable, Equatable {
  /// The output has units of its own, the columns of all parameters. The rows of a weight are the inputs' units.
  case own
  /// The output's units are those of all inputs, which are tied together, and the columns of all parameters.
  case ofInputs
}

/// Why an operation cannot take its inputs.
public struct OperationError: Error, Equatable, CustomStringConvertible {
  /// The sizes that do not fit, and what is expected.
  public let description: String

  /// Creates an error that says this.
  public init(_ description: String) { self.description = description }
}
