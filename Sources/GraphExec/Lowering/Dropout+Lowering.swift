extension Dropout: DeviceOperation {
  package var layout: LayoutDemand { .shared }

  package func lower(_ node: Graph.Node, at index: Int, in plan: inout PlanBuilder) throws(GraphError) {
    try plan.dropout(node, rate: rate, mask: try plan.graph.output(of: node))
  }
}

extension DropoutGradient: DeviceOperation {
  package var layout: LayoutDemand { .shared }

  package func lower(_ node: Graph.Node, at index: Int, in plan: inout PlanBuilder) throws(GraphError) {
    try plan.dropout(node, rate: rate, mask: forward)
  }
}

extension Identity: DeviceOperation {
  package var layout: LayoutDemand { .shared }

  package func lower(_ node: Graph.Node, at index: Int, in plan: inout PlanBuilder) throws(GraphError) {
    plan.alias(try plan.graph.output(of: node), of: node.inputs[0])
  }
}

extension PlanBuilder {
  mutating func dropout(_ node: Graph.Node, rate: Double, mask: TensorID) throws(GraphError) {
    let output = try graph.output(of: node)
    let pixels = PixelLaunches(stride: stride, config: config)
    append(
      pixels.dropout(
        tensor(node.inputs[0]), layout(output), rate: rate, mask: mask, seed: specification.seed,
        to: tensor(output)))
  }
}
