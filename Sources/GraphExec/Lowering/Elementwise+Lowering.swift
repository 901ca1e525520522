extension ReLU: DeviceOperation {
  package var layout: LayoutDemand { .shared }

  package func lower(_ node: Graph.Node, at index: Int, in plan: inout PlanBuilder) throws(GraphError) {
    let output = try plan.graph.output(of: node)
    let (x, y) = (plan.operand(node.inputs[0]), plan.operand(output))
    plan.append(ElementwiseLaunches(output, plan).relu(x.tensor, to: y.tensor), as: .pool(.relu(x, to: y)))
  }
}

extension ReLUGate: DeviceOperation {
  package var layout: LayoutDemand { .shared }

  package func lower(_ node: Graph.Node, at index: Int, in plan: inout PlanBuilder) throws(GraphError) {
    let output = try plan.graph.output(of: node)
    if plan.batchNormGates(node, at: index) { return plan.leaveGate(output, to: node.inputs[1]) }
    let (activation, upstream) = (plan.tensor(node.inputs[0]), plan.tensor(node.inputs[1]))
    plan.append(ElementwiseLaunches(output, plan).gate(activation, upstream, to: plan.tensor(output)))
  }
}

extension Add: DeviceOperation {
  package var layout: LayoutDemand { .shared }

  package func lower(_ node: Graph.Node, at index: Int, in plan: inout PlanBuilder) throws(GraphError) {
    let output = try plan.graph.output(of: node)
    let (a, b) = (plan.tensor(node.inputs[0]), plan.tensor(node.inputs[1]))
    plan.append(ElementwiseLaunches(output, plan).add(a, b, to: plan.tensor(output)))
  }
}

extension ElementwiseLaunches {
  /// Over the entries of a plan's tensor.
  init(_ tensor: TensorID, _ plan: PlanBuilder) {
    self.init(rows: plan.rows(tensor), width: plan.width(tensor))
  }
}
