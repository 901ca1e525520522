// A residual addition and a ReLU join the pass that normalizes. The ReLU's gate joins both passes of the gradient, which
// compute from x again whether it is open: so neither the normalized x nor the gated gradient goes through memory.

extension BatchNorm: DeviceOperation {
  package var layout: LayoutDemand { .any }

  package func lower(_ node: Graph.Node, at index: Int, in plan: inout PlanBuilder) throws(GraphError) {
    let results = plan.channelResults(of: try plan.graph.output(of: node), node)
    let launches = plan.channels(node)
    let x = plan.tensor(node.inputs[0])
    let parts = plan.reserve(.partialSums, bytes: launches.partBytes)
    let parameters = node.parameters.map { plan.value($0) }
    plan.append(launches.moments(x, to: parts))
    plan.append(launches.statistics(self, parts, parameters, to: results))
    try plan.normalize(node, at: index, results)
  }
}

extension BatchNormInference: DeviceOperation {
  package var layout: LayoutDemand { .any }

  package func lower(_ node: Graph.Node, at index: Int, in plan: inout PlanBuilder) throws(GraphError) {
    try plan.normalize(node, at: index, try plan.foldBatchNorm(node))
  }
}

extension BatchNormScaleGradient: DeviceOperation {
  package var layout: LayoutDemand { .any }

  package func lower(_ node: Graph.Node, at index: Int, in plan: inout PlanBuilder) throws(GraphError) {
    let (x, dY) = (node.inputs[0], node.inputs[1])
    let next = plan.graph.nodes[index + 1]
    guard next.operation is BiasGradient, next.inputs == [dY] else {
      throw GraphError("\(plan.graph.describe(node)) comes without the gradient of the shift behind it")
    }
    // One pass over x and dY gives both.
    plan.absorb([index + 1])
    let launches = plan.channels(node)
    let results = plan.channelResults(of: forward, node)
    let parts = plan.reserve(.partialSums, bytes: launches.partBytes)
    plan.append(
      launches.gradientSums(
        results, plan.tensor(x), plan.operand(dY), gated: plan.isUngated(dY), to: parts))
    let dScale = plan.tensor(try plan.graph.output(of: node))
    let dShift = plan.tensor(try plan.graph.output(of: next))
    plan.append(launches.gradients(results, parts, to: dScale, dShift))
  }
}

extension BatchNormInputGradient: DeviceOperation {
  package var layout: LayoutDemand { .any }

  package func lower(_ node: Graph.Node, at index: Int, in plan: inout PlanBuilder) throws(GraphError) {
    let (x, dY) = (node.inputs[0], node.inputs[1])
    let dX = try plan.graph.output(of: node)
    let (dScale, dShift) = (plan.tensor(node.inputs[2]), plan.tensor(node.inputs[3]))
    plan.append(
      plan.channels(node).inputGradient(
        plan.channelResults(of: forward, node), dScale, dShift, plan.tensor(x), plan.operand(dY),
        gated: plan.isUngated(dY), to: plan.operand(dX)))
  }
}

extension BatchNormInferenceGradient: DeviceOperation {
  package var layout: LayoutDemand { .any }

  package func lower(_ node: Graph.Node, at index: Int, in plan: inout PlanBuilder) throws(GraphError) {
    let dX = try plan.graph.output(of: node)
    let results = plan.channelResults(of: forward, node).scaling(forward)
    _ = plan.reserve(
      results.offset, bytes: 4 * leadingDimension(plan.layout(node.inputs[0]).shape.channels))
    plan.append(
      plan.channels(node).apply(
        results, plan.tensor(node.inputs[0]), adding: nil, relu: false, to: plan.operand(dX)))
  }
}

extension BiasGradient: DeviceOperation {
  package var layout: LayoutDemand { .any }

  package func lower(_ node: Graph.Node, at index: Int, in plan: inout PlanBuilder) throws(GraphError) {
    let sums = plan.tensor(try plan.graph.output(of: node))
    let dY = plan.operand(node.inputs[0])
    plan.append(
      plan.channels(node).sums(dY.tensor, to: sums),
      as: dY.layout.shape.pixels == 1 ? .backward(.sum(dY.tensor, to: sums)) : nil)
  }
}

extension PlanBuilder {
  /// The launches over the channels of what a node reads.
  func channels(_ node: Graph.Node) -> ChannelLaunches {
    let gradient = node.output.flatMap { output -> ParameterID? in
      if case .gradient(let parameter) = graph[output].role { parameter } else { nil }
    }
    let label = (node.parameters.first ?? gradient).map { graph[$0].label } ?? "batch norm"
    return ChannelLaunches(layout(node.inputs[0]), label: label, stride: stride, config: config)
  }

  /// Registers what the batch norm that writes a tensor computes of each channel.
  mutating func channelResults(of tensor: TensorID, _ node: Graph.Node) -> ChannelResults {
    let results = ChannelResults(of: tensor)
    let bytes = 4 * leadingDimension(layout(node.inputs[0]).shape.channels)
    for id in results.all { _ = reserve(id, bytes: bytes) }
    return results
  }

  /// Appends the launch that makes factor and offset of a batch norm's running statistics.
  mutating func foldBatchNorm(_ node: Graph.Node) throws(GraphError) -> ChannelResults {
    guard let norm = node.operation as? BatchNormInference else {
      throw GraphError("\(graph.describe(node)) has no running statistics")
    }
    let results = channelResults(of: try graph.output(of: node), node)
    append(
      channels(node).fold(epsilon: norm.epsilon, node.parameters.map { value($0) }, to: results),
      as: .preparation)
    return results
  }

  /// Appends the pass that normalizes.
  mutating func normalize(_ node: Graph.Node, at index: Int, _ results: ChannelResults) throws(GraphError) {
    let steps = try absorbStore(of: node, at: index, scales: false)
    append(
      channels(node).apply(
        results, tensor(node.inputs[0]), adding: steps.other.map { operand($0) }, relu: steps.relu,
        to: operand(steps.output)))
  }

  /// Registers the values of a parameter.
  mutating func value(_ parameter: ParameterID) -> BufferID {
    reserve(parameter, .value)
    return .parameter(parameter, .value)
  }

  /// The ReLU's gate that is the only reader of a gradient, for the gradient's launch to take over; nil where there is none, and
  /// where a batch norm sees to it at less cost.
  func gate(of gradient: TensorID, after index: Int) -> Int? {
    guard let gate = soleReader(of: gradient, after: index, as: ReLUGate.self) else { return nil }
    return batchNormGates(graph.nodes[gate], at: gate) ? nil : gate
  }

  /// Whether a ReLU's gate can be left to its readers: they are the gradients of a batch norm that the ReLU came behind.
  func batchNormGates(_ node: Graph.Node, at index: Int) -> Bool {
    guard fused, let gradient = node.output else { return false }
    let rectified = graph.nodes.first { $0.output == node.inputs[0] }
    guard let rectified, rectified.operation is ReLU else { return false }
    return readers(of: gradient, after: index).allSatisfy { reader in
      switch graph.nodes[reader].operation {
      case let operation as BatchNormScaleGradient: operation.forward == rectified.inputs[0]
      case let operation as BatchNormInputGradient: operation.forward == rectified.inputs[0]
      case is BiasGradient:
        (graph.nodes[reader - 1].operation as? BatchNormScaleGradient)?.forward == rectified.inputs[0]
      default: false
      }
    }
  }
}
