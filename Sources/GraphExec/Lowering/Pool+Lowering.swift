// A ReLU's gate joins the gradient of a max pool behind it.

extension MaxPool: DeviceOperation {
  package var layout: LayoutDemand { .any }

  package func lower(_ node: Graph.Node, at index: Int, in plan: inout PlanBuilder) throws(GraphError) {
    let y = try plan.graph.output(of: node)
    let pool = plan.pool(window, from: node.inputs[0], to: y)
    plan.append(pool, isMaximum: true, node.inputs[0], to: y)
  }
}

extension MaxPoolGradient: DeviceOperation {
  package var layout: LayoutDemand { .any }

  package func lower(_ node: Graph.Node, at index: Int, in plan: inout PlanBuilder) throws(GraphError) {
    let (x, dY) = (node.inputs[0], node.inputs[1])
    let gradient = try plan.graph.output(of: node)
    var gate = plan.gate(of: gradient, after: index)
    if let reader = gate, plan.graph.nodes[reader].inputs[0] != x { gate = nil }
    let pool = plan.pool(window, from: x, to: dY)
    let dX = try plan.output(of: node, absorbing: gate)
    if !window.covers(plan.graph.shape(x)) { plan.keepApart(dX) }
    plan.append(pool.maximumGradient(plan.tensor(x), plan.tensor(dY), gated: gate != nil, to: dX))
  }
}

extension AveragePool: DeviceOperation {
  package var layout: LayoutDemand { .any }

  package func lower(_ node: Graph.Node, at index: Int, in plan: inout PlanBuilder) throws(GraphError) {
    let y = try plan.graph.output(of: node)
    let pool = plan.pool(window, from: node.inputs[0], to: y)
    plan.append(pool, isMaximum: false, node.inputs[0], to: y)
  }
}

extension AveragePoolGradient: DeviceOperation {
  package var layout: LayoutDemand { .any }

  package func lower(_ node: Graph.Node, at index: Int, in plan: inout PlanBuilder) throws(GraphError) {
    let dX = try plan.graph.output(of: node)
    let pool = plan.pool(window, from: dX, to: node.inputs[0])
    plan.append(pool.averageGradient(plan.tensor(node.inputs[0]), to: plan.tensor(dX)))
  }
}

extension GlobalAveragePool: DeviceOperation {
  package var layout: LayoutDemand { .any }

  package func lower(_ node: Graph.Node, at index: Int, in plan: inout PlanBuilder) throws(GraphError) {
    let y = try plan.graph.output(of: node)
    let pool = plan.globalPool(from: node.inputs[0], to: y)
    plan.append(pool, isMaximum: false, node.inputs[0], to: y)
  }
}

extension GlobalAveragePoolGradient: DeviceOperation {
  package var layout: LayoutDemand { .any }

  package func lower(_ node: Graph.Node, at index: Int, in plan: inout PlanBuilder) throws(GraphError) {
    let dX = try plan.graph.output(of: node)
    let pool = plan.globalPool(from: dX, to: node.inputs[0])
    plan.append(pool.averageGradient(plan.tensor(node.inputs[0]), to: plan.tensor(dX)))
  }
}

extension PlanBuilder {
  func pool(_ window: PoolWindow, from x: TensorID, to y: TensorID) -> PoolLaunches {
    PoolLaunches(window, from: layout(x), to: layout(y), stride: stride, config: config)
  }

  /// Appends a pooling's forward pass.
  mutating func append(_ pool: PoolLaunches, isMaximum: Bool, _ from: TensorID, to: TensorID) {
    let (x, y) = (tensor(from), tensor(to))
    append(
      isMaximum ? pool.maximum(x, to: y) : pool.average(x, to: y),
      as: pool.block(isMaximum: isMaximum, x, to: y))
  }

  func globalPool(from x: TensorID, to y: TensorID) -> PoolLaunches {
    PoolLaunches(globalFrom: layout(x), to: layout(y), stride: stride, config: config)
  }
}
