/// The operations from a batch's images to the output layer.
///
/// Loss, backward pass and updates are derived from them.
public struct ForwardPass: Sendable, Equatable {
  /// The operations.
  public let graph: Graph
  /// The tensor that holds the output layer.
  public let output: String

  /// A graph whose node for `output` comes last of those that it depends on.
  package init(_ graph: Graph, output: String) {
    self.graph = graph
    self.output = output
  }

  /// The forward pass of a network: tensors `X0` (the images), `X1`... and weights `W0`, `W1`...
  public init(_ network: Network) {
    var graph = Graph()
    var current = graph.declare("X0", rows: network.inputs, role: .activation)
    graph.append(.gather, [], to: current)
    for layer in 0..<network.depth {
      let (inputs, outputs) = network.shape(of: layer)
      let weight = graph.declare("W\(layer)", rows: inputs, columns: outputs, role: .weight(layer: layer))
      let hasRelu = layer < network.depth - 1 || network.outputRelu
      let sums = graph.declare(
        hasRelu ? "Z\(layer + 1)" : "X\(layer + 1)", rows: outputs, role: .activation)
      graph.append(.matmul, [weight, current], to: sums)
      current = sums
      if hasRelu {
        current = graph.declare("X\(layer + 1)", rows: outputs, role: .activation)
        graph.append(.relu, [sums], to: current)
      }
    }
    self.init(graph, output: current)
  }

  /// Forward pass and loss, with no gradient: what an evaluation runs per batch.
  public var evaluation: Graph {
    var graph = graph
    graph.append(.softmaxCrossEntropy, [output], to: nil)
    return graph
  }

  /// Forward pass, loss, backward pass and updates: one training step.
  ///
  /// The gradients of the layers that `masked` names pass the weight's mask before the update.
  ///
  /// - Throws: `GraphError` for an operation that has no derivative here, and a tensor that nothing declares.
  public func training(masked: Set<Int>) throws -> Graph {
    var backward = try BackwardPass(self, masked: masked)
    try backward.derive()
    return backward.graph
  }
}
