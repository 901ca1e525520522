/// What a launch does to its result as it stores it, in this order.
package struct StoreSteps {
  /// The tensor that is written in the end.
  package var output: TensorID
  /// The batch norm of an evaluation, whose factor is multiplied by and whose offset is added.
  package var norm: ChannelResults?
  /// The tensor that is added.
  package var other: TensorID?
  /// Whether a ReLU comes last.
  package var relu = false
}

/// What a launch does to an input gradient as it stores it, in this order.
package struct GradientSteps {
  /// The tensor that is written in the end.
  package var output: TensorID
  /// The gradient of another reader, which is added.
  package var other: TensorID?
  /// The activation whose ReLU the gradient passes.
  package var activation: TensorID?
}

extension PlanBuilder {
  /// Takes over the nodes behind one that its launch can run as it stores: each the only reader of what the one before it
  /// writes. These get no launch of their own.
  ///
  /// - Parameter scales: whether the launch can multiply and add a number for each channel. The launch that makes these of
  ///   the running statistics is appended here.
  package mutating func absorbStore(of node: Graph.Node, at index: Int, scales: Bool) throws(GraphError)
    -> StoreSteps
  {
    var steps = StoreSteps(output: try graph.output(of: node))
    if scales, let reader = soleReader(of: steps.output, after: index, as: BatchNormInference.self) {
      let norm = graph.nodes[reader]
      steps.norm = try foldBatchNorm(norm)
      steps.output = try graph.output(of: norm)
      absorb([reader])
    }
    if let (sum, other) = addition(of: steps.output, at: index) {
      steps.other = other
      steps.output = try graph.output(of: graph.nodes[sum])
      absorb([sum])
    }
    if let relu = soleReader(of: steps.output, after: index, as: ReLU.self) {
      steps.relu = true
      steps.output = try graph.output(of: graph.nodes[relu])
      absorb([relu])
    }
    return steps
  }

  /// Takes over, for an input gradient, the addition of another reader's gradient and a ReLU's gate, likewise.
  package mutating func absorbGradientStore(of node: Graph.Node, at index: Int) throws(GraphError)
    -> GradientSteps
  {
    var steps = GradientSteps(output: try graph.output(of: node))
    var last = index
    if let (sum, other) = addition(of: steps.output, at: index) {
      steps.other = other
      steps.output = try graph.output(of: graph.nodes[sum])
      last = sum
      absorb([sum])
    }
    if let gate = gate(of: steps.output, after: last) {
      steps.activation = graph.nodes[gate].inputs[0]
      steps.output = try graph.output(of: graph.nodes[gate])
      absorb([gate])
    }
    return steps
  }

  /// The addition that alone reads what a node writes, and the other operand, where that is there already.
  private func addition(of tensor: TensorID, at index: Int) -> (sum: Int, other: TensorID)? {
    guard let sum = soleReader(of: tensor, after: index, as: Add.self) else { return nil }
    let others = graph.nodes[sum].inputs.filter { $0 != tensor }
    let isLater = graph.nodes[(index + 1)...].contains { $0.output == others.first }
    return others.count == 1 && !isLater ? (sum, others[0]) : nil
  }
}
