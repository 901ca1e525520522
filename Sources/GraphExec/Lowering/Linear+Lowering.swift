// A ReLU joins the product before it, a ReLU's gate the input gradient before it, and mask and update the weight gradient
// before them, so that no weight gradient is ever written.

extension Linear: DeviceOperation {
  package var layout: LayoutDemand { .borderless }

  package func lower(_ node: Graph.Node, at index: Int, in plan: inout PlanBuilder) throws(GraphError) {
    let weight = node.parameters[0]
    let output = try plan.graph.output(of: node)
    let relu = plan.soleReader(of: output, after: index, as: ReLU.self)
    let x = plan.operand(node.inputs[0])
    let y = TensorOperand(try plan.output(of: node, absorbing: relu), plan.layout(output))
    var bias: BufferID?
    if self.bias {
      plan.reserve(node.parameters[1], .value)
      bias = .parameter(node.parameters[1], .value)
    }
    let step = BlockStep.product(BlockProduct(weight, x, to: y, bias: bias, relu: relu != nil))
    if let sparse = plan.sparse(weight) {
      plan.reserve(weight, .value, .columnStarts, .rowIndices)
      return plan.append(sparse.forward(x.tensor, to: y.tensor, bias: bias, relu: relu != nil), as: step)
    }
    plan.reserve(weight, .value)
    plan.append(plan.dense(weight).forward(x.tensor, to: y.tensor, bias: bias, relu: relu != nil), as: step)
  }
}

extension LinearInputGradient: DeviceOperation {
  package var layout: LayoutDemand { .borderless }

  package func lower(_ node: Graph.Node, at index: Int, in plan: inout PlanBuilder) throws(GraphError) {
    let weight = node.parameters[0]
    let output = try plan.graph.output(of: node)
    let gate = plan.gate(of: output, after: index)
    let dY = plan.tensor(node.inputs[0])
    let activation = gate.map { plan.tensor(plan.graph.nodes[$0].inputs[0]) }
    let dX = try plan.output(of: node, absorbing: gate)
    if let sparse = plan.sparse(weight) {
      plan.reserve(weight, .value, .rowStarts, .rowEntries)
      return plan.append(
        sparse.inputGradient(dY, to: dX, gate: activation),
        as: .backward(.inputGradient(weight, of: dY, to: dX, gate: activation)))
    }
    plan.reserve(weight, .value)
    plan.append(
      plan.dense(weight).inputGradient(dY, to: dX, gate: activation),
      as: .backward(.inputGradient(weight, of: dY, to: dX, gate: activation)))
  }
}

extension LinearWeightGradient: DeviceOperation {
  package var layout: LayoutDemand { .borderless }

  package func lower(_ node: Graph.Node, at index: Int, in plan: inout PlanBuilder) throws(GraphError) {
    let weight = node.parameters[0]
    let gradient = try plan.graph.output(of: node)
    let (x, dY) = (plan.tensor(node.inputs[0]), plan.tensor(node.inputs[1]))
    if !plan.keepsGradients, let sparse = plan.sparse(weight) {
      try plan.absorbUpdate(of: weight, by: gradient, after: index)
      plan.reserve(weight, .columnStarts, .rowIndices)
      return plan.append(sparse.update(x, dY), as: .backward(.update(weight, by: x, dY, masked: false)))
    }
    guard plan.fused, plan.onlyUpdates(gradient, after: index),
      plan.config.fusesUpdate(stride: plan.stride)
    else {
      return plan.append(plan.dense(weight).weightGradient(x, dY, to: plan.tensor(gradient)))
    }
    try plan.absorbUpdate(of: weight, by: gradient, after: index)
    let masked = plan.specification.masked.contains(weight)
    if masked { plan.reserve(weight, .mask) }
    plan.append(
      plan.dense(weight).update(x, dY, masked: masked),
      as: .backward(.update(weight, by: x, dY, masked: masked)))
  }
}

extension PlanBuilder {
  /// The launches of a weight in a dense format.
  func dense(_ weight: ParameterID) -> DenseLaunches {
    DenseLaunches(
      LayerWeight(weight, graph[weight]), stride: stride, config: config, optimizer: optimizer)
  }

  /// The launches of a weight in CSR; nil where it has another format.
  func sparse(_ weight: ParameterID) -> SparseLaunches? {
    specification.pattern(weight).map {
      SparseLaunches(
        LayerWeight(weight, graph[weight]), pattern: $0, stride: stride, config: config,
        optimizer: optimizer, together: specification.together[weight] ?? [:])
    }
  }
}
