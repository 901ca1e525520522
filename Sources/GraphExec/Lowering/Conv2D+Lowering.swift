// As of a linear layer: a ReLU joins the product before it, and a ReLU's gate the input gradient before it. The weight gradient
// is written, being small, and updated by a launch of its own.

extension Conv2D: DeviceOperation {
  package var layout: LayoutDemand { padding > 0 ? .bordered(padding) : .any }

  package func lower(_ node: Graph.Node, at index: Int, in plan: inout PlanBuilder) throws(GraphError) {
    let weight = node.parameters[0]
    let output = try plan.graph.output(of: node)
    let relu = plan.soleReader(of: output, after: index, as: ReLU.self)
    let launches = try plan.convolution(self, weight, input: node.inputs[0], output: output)
    let x = plan.tensor(node.inputs[0])
    let y = try plan.output(of: node, absorbing: relu)
    let layout = plan.layout(try plan.graph.output(of: relu.map { plan.graph.nodes[$0] } ?? node))
    plan.reserve(weight, .value)
    plan.table(launches.offsets.id, launches.offsets.values)
    let bias = bias ? node.parameters[1] : nil
    if let bias { plan.reserve(bias, .value) }
    plan.append(
      launches.forward(
        x, to: y, layout, bias: bias.map { .parameter($0, .value) }, relu: relu != nil))
  }
}

extension Conv2DInputGradient: DeviceOperation {
  package var layout: LayoutDemand { .any }

  package func lower(_ node: Graph.Node, at index: Int, in plan: inout PlanBuilder) throws(GraphError) {
    let weight = node.parameters[0]
    let output = try plan.graph.output(of: node)
    let gate = plan.soleReader(of: output, after: index, as: ReLUGate.self)
    let launches = try plan.convolution(forward, weight, input: output, output: node.inputs[0])
    let dY = plan.tensor(node.inputs[0])
    let activation = gate.map { plan.graph.nodes[$0].inputs[0] }
    let gated = activation.map { (plan.tensor($0), plan.layout($0)) }
    let dX = try plan.output(of: node, absorbing: gate)
    let layout = plan.layout(try plan.graph.output(of: gate.map { plan.graph.nodes[$0] } ?? node))
    plan.reserve(weight, .value)
    let dYLayout = plan.layout(node.inputs[0])
    for (id, values) in launches.reads(of: dYLayout) { plan.table(id, values) }
    plan.append(launches.inputGradient(dY, dYLayout, to: dX, layout, gate: gated))
  }
}

extension Conv2DWeightGradient: DeviceOperation {
  package var layout: LayoutDemand { forward.padding > 0 ? .bordered(forward.padding) : .any }

  package func lower(_ node: Graph.Node, at index: Int, in plan: inout PlanBuilder) throws(GraphError) {
    let weight = node.parameters[0]
    let gradient = try plan.graph.output(of: node)
    let launches = try plan.convolution(forward, weight, input: node.inputs[0], output: node.inputs[1])
    let (x, dY) = (plan.tensor(node.inputs[0]), plan.tensor(node.inputs[1]))
    plan.table(launches.offsets.id, launches.offsets.values)
    let (own, bytes) = launches.weightGradient(
      x, dY, plan.layout(node.inputs[1]), to: plan.tensor(gradient))
    plan.share(.parts, bytes: bytes)
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
