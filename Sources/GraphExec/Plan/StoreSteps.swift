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
    if let sum = soleReader(of: steps.output, after: index, as: Add.self) {
      let operands = graph.nodes[sum].inputs.filter { $0 != steps.output }
      // The other operand must be there already.
      let isLater = graph.nodes[(index + 1)...].contains { $0.output == operands.first }
      if operands.count == 1, !isLater {
        steps.other = operands[0]
        steps.output = try graph.output(of: graph.nodes[sum])
        absorb([sum])
      }
    }
    if let relu = soleReader(of: steps.output, after: index, as: ReLU.self) {
      steps.relu = true
      steps.output = try graph.output(of: graph.nodes[relu])
      absorb([relu])
    }
    return steps
  }
}
