extension Graph {
  /// The forward pass of `network` up to its output, whose tensor is `logits`.
  public static func forward(_ network: Network) -> (graph: Graph, logits: String) {
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
    return (graph, current)
  }

  /// Forward pass and loss, with no gradient: what an evaluation runs per batch.
  public static func evaluation(_ network: Network) -> Graph {
    var (graph, logits) = forward(network)
    graph.append(.softmaxCrossEntropy, [logits], to: nil)
    return graph
  }

  /// Forward pass, loss, backward pass and updates: one training step.
  ///
  /// The gradients of the layers that `masked` names pass the weight's mask before the update.
  public static func training(_ network: Network, masked: Set<Int>) -> Graph {
    var (graph, logits) = forward(network)
    let forwardNodes = graph.nodes
    let seed = graph.declare("d" + logits, rows: network.outputs, role: .activationGradient)
    graph.append(.softmaxCrossEntropy, [logits], to: seed)
    graph.appendBackward(of: forwardNodes, output: logits, gradient: seed, masked: masked)
    return graph
  }

  /// Walks `forwardNodes` from last to first and appends what each contributes to the gradients (the chain rule).
  ///
  /// `gradients` maps a tensor to the tensor that holds its gradient. No gradient is derived for the images. A weight is
  /// updated as soon as its gradient is there and its last reader, the input gradient, is past: while the operands
  /// are still in the cache.
  private mutating func appendBackward(
    of forwardNodes: [Node], output: String, gradient: String, masked: Set<Int>
  ) {
    var gradients = [output: gradient]
    for node in forwardNodes.reversed() {
      guard let output = node.output, let upstream = gradients[output] else { continue }
      switch node.operation {
      case .relu:
        let sums = node.inputs[0]
        let name = declare("d" + sums, rows: tensors[sums]?.rows ?? 0, role: .activationGradient)
        // The gate asks the activation, which is positive just where its input was.
        append(.reluGate, [output, upstream], to: name)
        gradients[sums] = name
      case .matmul:
        let (weight, input) = (node.inputs[0], node.inputs[1])
        guard let matrix = tensors[weight], case .weight(let layer) = matrix.role else { continue }
        if !forwardNodes.contains(where: { $0.operation == .gather && $0.output == input }) {
          let name = declare("d" + input, rows: matrix.rows, role: .activationGradient)
          append(.matmulInputGradient, [weight, upstream], to: name)
          gradients[input] = name
        }
        let name = declare(
          "dW\(layer)", rows: matrix.rows, columns: matrix.columns, role: .weightGradient(layer: layer))
        append(.matmulWeightGradient, [input, upstream], to: name)
        if masked.contains(layer) { append(.mask, [name, weight], to: name) }
        append(.adam, [name], to: weight)
      default:
        continue
      }
    }
  }
}
