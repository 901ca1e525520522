extension Flatten: DeviceOperation {
  package var layout: LayoutDemand { .any }

  package func lower(_ node: Graph.Node, at index: Int, in plan: inout PlanBuilder) throws(GraphError) {
    try plan.copyPixels(node)
  }
}

extension Unflatten: DeviceOperation {
  package var layout: LayoutDemand { .any }

  package func lower(_ node: Graph.Node, at index: Int, in plan: inout PlanBuilder) throws(GraphError) {
    try plan.copyPixels(node)
  }
}

extension PlanBuilder {
  /// Gives a node's output the values of its input; where neither has a border, that is the same memory.
  mutating func copyPixels(_ node: Graph.Node) throws(GraphError) {
    let output = try graph.output(of: node)
    let (from, to) = (layout(node.inputs[0]), layout(output))
    if from.border == 0, to.border == 0 { return alias(output, of: node.inputs[0]) }
    let pixels = PixelLaunches(stride: stride, config: config)
    append(pixels.copy(tensor(node.inputs[0]), from, to: tensor(output), to))
  }
}
