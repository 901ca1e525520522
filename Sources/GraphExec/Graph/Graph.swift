/// A network's arithmetic as a list of operations on named tensors, in the order in which they run.
///
/// A plain value: it can be printed and compared, and needs no device. `ForwardPass.training(masked:)` derives the backward
/// pass from the forward one; a `Plan` turns it into launches, and the CPU backend runs it as it stands.
public struct Graph: Sendable, Equatable {
  /// What a tensor holds.
  public enum Role: Sendable, Equatable {
    /// Activations `[rows, batch]`, feature-major.
    case activation
    /// The gradient of activations, `[rows, batch]`.
    case activationGradient
    /// The weight matrix of a layer, `[rows, columns]` = `[inputs, outputs]`, with its moments and mask.
    case weight(layer: Int)
    /// The gradient of a weight matrix.
    case weightGradient(layer: Int)
  }

  /// A named array of floats. `columns` is nil where it is the batch.
  public struct Tensor: Sendable, Equatable {
    /// Unique in its graph (`W0`, `X1`, `dX1`).
    public let name: String
    /// Features, or a weight's inputs.
    public let rows: Int
    /// A weight's outputs; nil for the batch.
    public let columns: Int?
    /// What it holds.
    public let role: Role
  }

  /// What a node computes.
  public enum Operation: Sendable, Equatable {
    /// `X[f, b]` from the data set's images of this batch.
    case gather
    /// `Y = Wᵀ X`; inputs W, X.
    case matmul
    /// `dX = W dY`; inputs W, dY.
    case matmulInputGradient
    /// `G = X dYᵀ`; inputs X, dY.
    case matmulWeightGradient
    /// `y = max(x, 0)`.
    case relu
    /// `dx = dy` where the activation is positive; inputs the activation, dy.
    case reluGate
    /// `y = a + b`; inputs a, b. Also what adds the gradients of a tensor with several readers.
    case add
    /// Loss and correct predictions of logits; its output, if it has one, is the gradient of the logits.
    case softmaxCrossEntropy
    /// Zeroes the gradient's pruned entries, in place; inputs the gradient, the weight (whose mask is meant).
    case mask
    /// One Adam step; inputs the gradient; output the weight.
    case adam
  }

  /// One operation: the tensors it reads and the one it writes.
  public struct Node: Sendable, Equatable {
    /// What it computes.
    public let operation: Operation
    /// Names of the tensors read, in the operation's order.
    public let inputs: [String]
    /// Name of the tensor written; nil for a loss without gradient.
    public let output: String?
  }

  /// The tensors by name.
  public private(set) var tensors: [String: Tensor] = [:]
  /// The operations in running order.
  public private(set) var nodes: [Node] = []

  /// A graph of nothing.
  package init() {}

  /// Adds a tensor and returns its name.
  @discardableResult
  package mutating func declare(_ name: String, rows: Int, columns: Int? = nil, role: Role) -> String {
    tensors[name] = Tensor(name: name, rows: rows, columns: columns, role: role)
    return name
  }

  /// Adds a node after those that are there.
  package mutating func append(_ operation: Operation, _ inputs: [String], to output: String?) {
    nodes.append(Node(operation: operation, inputs: inputs, output: output))
  }
}

extension Graph {
  /// A tensor that a node names.
  ///
  /// - Throws: `GraphError` where nothing declares it.
  package func tensor(_ name: String) throws -> Tensor {
    guard let tensor = tensors[name] else { throw GraphError("the graph has no tensor \(name)") }
    return tensor
  }

  /// The tensor that a node writes.
  ///
  /// - Throws: `GraphError` for a node without an output, and one that nothing declares.
  package func output(of node: Node) throws -> Tensor {
    guard let name = node.output else { throw GraphError("\(node) has no output") }
    return try tensor(name)
  }

  /// The layer whose weight, or gradient of a weight, a tensor is, with the matrix's shape.
  ///
  /// - Throws: `GraphError` for another tensor.
  package func layer(of name: String) throws -> (index: Int, inputs: Int, outputs: Int) {
    let tensor = try tensor(name)
    guard let columns = tensor.columns else { throw GraphError("the tensor \(name) is not of a weight") }
    switch tensor.role {
    case .weight(let layer), .weightGradient(let layer): return (layer, tensor.rows, columns)
    case .activation, .activationGradient: throw GraphError("the tensor \(name) is not of a weight")
    }
  }
}

/// Why a graph cannot be derived, planned or run.
public struct GraphError: Error, Equatable, CustomStringConvertible {
  /// The node or tensor, and what is wrong with it.
  public let description: String

  package init(_ description: String) { self.description = description }
}

extension Graph.Node: CustomStringConvertible {
  /// `X1 = relu(Z1)`.
  public var description: String {
    "\(output.map { $0 + " = " } ?? "")\(operation)(\(inputs.joined(separator: ", ")))"
  }
}

extension Graph: CustomStringConvertible {
  /// One line per node: `X1 = relu(Z1)`.
  public var description: String { nodes.map(\.description).joined(separator: "\n") }
}
