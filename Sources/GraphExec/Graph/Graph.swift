/// A network's arithmetic as a list of operations on tensors and parameters, in the order in which they run.
///
/// A plain value: it can be printed and compared, and needs no device. `ForwardPass.training(masked:)` derives the backward
/// pass from the forward one; a `Plan` turns it into launches, and the CPU backend runs it as it stands.
public struct Graph: Sendable, Equatable {
  /// What a tensor holds.
  public enum Role: Sendable, Equatable {
    /// Activations or their gradients, `[features, batch]`, feature-major.
    case activation(Shape)
    /// The gradient of a parameter, in its shape.
    case gradient(of: ParameterID)
  }

  /// An array of floats that operations write and read.
  public struct Tensor: Sendable, Equatable {
    /// For people.
    public let label: String
    /// What it holds.
    public let role: Role
  }

  /// One operation: what it reads, and the tensors that it writes.
  public struct Node: Sendable {
    /// What it computes.
    public let operation: any Operation
    /// Tensors read, in the operation's order.
    public let inputs: [TensorID]
    /// Parameters read or changed, likewise.
    public let parameters: [ParameterID]
    /// The tensor written; nil for a loss without gradient, and for what changes a parameter.
    public let output: TensorID?
  }

  /// The tensors; a `TensorID` is a place among them.
  public private(set) var tensors: [Tensor] = []
  /// The parameters; a `ParameterID` is a place among them.
  public let parameters: [Parameter]
  /// The operations in running order.
  public private(set) var nodes: [Node] = []

  /// A graph of nothing, over these parameters.
  package init(parameters: [Parameter]) { self.parameters = parameters }

  /// Adds a tensor of activations.
  public mutating func declare(_ label: String, _ shape: Shape) -> TensorID {
    append(Tensor(label: label, role: .activation(shape)))
  }

  /// Adds a tensor for the gradient of another, of the same shape.
  public mutating func declareGradient(of tensor: TensorID) -> TensorID {
    append(Tensor(label: "d \(self[tensor].label)", role: self[tensor].role))
  }

  /// Adds a tensor for the gradient of a parameter.
  public mutating func declareGradient(of parameter: ParameterID) -> TensorID {
    append(Tensor(label: "d \(self[parameter].name)", role: .gradient(of: parameter)))
  }

  /// Adds a tensor for a sum of gradients such as this one.
  mutating func declareGradient(like gradient: TensorID) -> TensorID { append(self[gradient]) }

  private mutating func append(_ tensor: Tensor) -> TensorID {
    tensors.append(tensor)
    return TensorID(tensors.count - 1)
  }

  /// Adds a node after those that are there.
  public mutating func append(
    _ operation: any Operation, _ inputs: [TensorID], _ parameters: [ParameterID] = [], to output: TensorID?
  ) {
    nodes.append(Node(operation: operation, inputs: inputs, parameters: parameters, output: output))
  }

  /// Removes what computes gradients of parameters that nothing reads.
  mutating func removeUnreadGradients() {
    let read = Set(nodes.flatMap(\.inputs))
    let unread = Set(tensors.indices.map { TensorID($0) }).subtracting(read).filter {
      if case .gradient = self[$0].role { true } else { false }
    }
    nodes.removeAll { $0.output.map(unread.contains) ?? false }
  }

  /// A forward pass, with its gradients where it has any, as an evaluation has them.
  var evaluated: Graph {
    var graph = self
    graph.nodes = nodes.map { node in
      if let gradient = node.operation as? any TrainingGradient { return gradient.evaluated(node, in: self) }
      guard let layer = node.operation as? any LayerOperation else { return node }
      return Node(
        operation: layer.evaluated, inputs: node.inputs, parameters: node.parameters, output: node.output)
    }
    graph.removeUnreadGradients()
    return graph
  }

  /// The same graph with other operations in its nodes' places.
  func mapOperations(_ transform: (any Operation) -> any Operation) -> Graph {
    var graph = self
    graph.nodes = nodes.map {
      Node(
        operation: transform($0.operation), inputs: $0.inputs, parameters: $0.parameters, output: $0.output)
    }
    return graph
  }

  /// A tensor that this graph declared.
  public subscript(_ id: TensorID) -> Tensor { tensors[id.index] }
  /// A parameter of this graph.
  public subscript(_ id: ParameterID) -> Parameter { parameters[id.index] }
}

extension Graph {
  /// The shape of a tensor of activations; that of a parameter's gradient has its rows as channels.
  public func shape(_ id: TensorID) -> Shape {
    switch self[id].role {
    case .activation(let shape): shape
    case .gradient(let parameter): Shape(self[parameter].rows, 1, self[parameter].columns)
    }
  }

  /// The tensor that a node writes.
  ///
  /// - Throws: `GraphError` for a node that writes none.
  public func output(of node: Node) throws(GraphError) -> TensorID {
    guard let output = node.output else { throw GraphError("\(describe(node)) has no output") }
    return output
  }
}

extension Graph.Node: Equatable {
  /// Whether they compute the same of the same.
  public static func == (a: Self, b: Self) -> Bool {
    a.operation.equals(b.operation) && a.inputs == b.inputs && a.parameters == b.parameters
      && a.output == b.output
  }
}

/// Why a graph cannot be derived, planned or run.
public struct GraphError: Error, Equatable, CustomStringConvertible {
  /// The node or tensor, and what is wrong with it.
  public let description: String

  package init(_ description: String) { self.description = description }
}

extension Graph: CustomStringConvertible {
  /// One line per node: `relu1 = relu(conv1)`.
  public var description: String { nodes.map(describe).joined(separator: "\n") }

  /// A node in one line.
  package func describe(_ node: Node) -> String {
    let operands = node.inputs.map { self[$0].label } + node.parameters.map { self[$0].name }
    let output = node.output.map { self[$0].label + " = " } ?? ""
    return "\(output)\(node.operation.name)(\(operands.joined(separator: ", ")))"
  }
}
