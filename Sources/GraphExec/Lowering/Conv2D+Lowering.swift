// A batch norm of an evaluation, a residual addition and a ReLU join the product before them, and a ReLU's gate the input
// gradient. The weight gradient is written, being small, and updated by a launch of its own.

extension Conv2D: DeviceOperation {
  package var layout: LayoutDemand { padding > 0 ? .bordered(padding) : .any }

  package func lower(_ node: Graph.Node, at index: Int, in plan: inout PlanBuilder) throws(GraphError) {
    let weight = node.parameters[0]
    let launches = try plan.convolution(
      self, weight, input: node.inputs[0], output: try plan.graph.output(of: node))
    let bias = bias ? plan.value(node.parameters[1]) : nil
    // The store has one offset: the bias's or the batch norm's.
    let steps = try plan.absorbStore(of: node, at: index, scales: bias == nil)
    plan.reserve(weight, .value)
    plan.table(launches.offsetsID, launches.offsets)
    plan.append(
      launches.forward(
        plan.tensor(node.inputs[0]), to: plan.operand(steps.output), bias: bias, norm: steps.norm,
        adding: steps.other.map { plan.operand($0) }, relu: steps.relu))
  }
}

extension Conv2DInputGradient: DeviceOperation {
  package var layout: LayoutDemand { .any }

  package func lower(_ node: Graph.Node, at index: Int, in plan: inout PlanBuilder) throws(GraphError) {
    let weight = node.parameters[0]
    let output = try plan.graph.output(of: node)
    let gate = plan.gate(of: output, after: index)
    let launches = try plan.convolution(forward, weight, input: output, output: node.inputs[0])
    let activation = gate.map { plan.operand(plan.graph.nodes[$0].inputs[0]) }
    if let gate { plan.absorb([gate]) }
    let dX = try plan.graph.output(of: gate.map { plan.graph.nodes[$0] } ?? node)
    plan.reserve(weight, .value)
    for (id, values) in launches.reads(of: plan.layout(node.inputs[0])) { plan.table(id, values) }
    plan.append(
      launches.inputGradient(plan.operand(node.inputs[0]), to: plan.operand(dX), gate: activation))
  }
}

extension Conv2DWeightGradient: DeviceOperation {
  package var layout: LayoutDemand { forward.padding > 0 ? .bordered(forward.padding) : .any }

  package func lower(_ node: Graph.Node, at index: Int, in plan: inout PlanBuilder) throws(GraphError) {
    let weight = node.parameters[0]
    let gradient = try plan.graph.output(of: node)
    let launches = try plan.convolution(forward, weight, input: node.inputs[0], output: node.inputs[1])
    plan.table(launches.offsetsID, launches.offsets)
    let (own, bytes) = launches.weightGradient(
      plan.tensor(node.inputs[0]), plan.operand(node.inputs[1]), to: plan.tensor(gradient))
    _ = plan.reserve(.partialSums, bytes: bytes)
    for launch in own { plan.append(launch) }
  }
}

extension PlanBuilder {
  /// The launches of a convolution that reads and writes these tensors, or whose gradients do.
  fileprivate func convolution(
    _ convolution: Conv2D, _ weight: ParameterID, input: TensorID, output: TensorID
  ) throws(GraphError) -> ConvolutionLaunches {
    guard specification.pattern(weight) == nil else {
      throw GraphError("\(graph[weight].name) is sparse, and there are no kernels for a sparse convolution")
    }
    for tensor in [input, output] where layout(tensor).rows * stride > Int(Int32.max) {
      throw GraphError(
        "\(graph[tensor].label) has \(layout(tensor).rows) rows of \(stride) images, more than a convolution's kernels "
          + "can count; make training.batch_size smaller")
    }
    return ConvolutionLaunches(
      LayerWeight(weight, graph[weight]), convolution, input: layout(input), output: layout(output).shape,
      stride: stride, config: config)
  }
}
