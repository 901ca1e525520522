/// A network's arithmetic as a list of operations on named tensors, in the order in which they run.
///
/// A plain value: it can be printed and compared, and needs no device. `Graph.training(_:)` derives the backward pass
/// from the forward one; a `Plan` turns it into launches, and the CPU backend runs it as it stands.
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
    /// Loss and correct answers of logits; its output, if it has one, is the gradient of the logits.
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

  /// Adds a tensor and returns its name.
  @discardableResult
  mutating func declare(_ name: String, rows: Int, columns: Int? = nil, role: Role) -> String {
    tensors[name] = Tensor(name: name, rows: rows, columns: columns, role: role)
    return name
  }

  /// Adds a node after those that are there.
  mutating func append(_ operation: Operation, _ inputs: [String], to output: String?) {
    nodes.append(Node(operation: operation, inputs: inputs, output: output))
  }
}

extension Graph: CustomStringConvertible {
  /// One line per node: `X1 = relu(Z0)`.
  public var description: String {
    nodes.map { node in
      "\(node.output.map { $0 + " = " } ?? "")\(node.operation)(\(node.inputs.joined(separator: ", ")))"
    }.joined(separator: "\n")
  }
}
