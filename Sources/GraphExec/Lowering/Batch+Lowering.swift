extension LoadBatch: DeviceOperation {
  package var layout: LayoutDemand { .any }

  package func lower(_ node: Graph.Node, at index: Int, in plan: inout PlanBuilder) throws(GraphError) {
    let output = try plan.graph.output(of: node)
    let batch = BatchLaunches(stride: plan.stride, config: plan.config)
    let x = plan.operand(output)
    guard augmentation != .none else {
      return plan.append(
        batch.gather(x.layout, from: plan.input, to: x.tensor), as: .gather(plan.input, x))
    }
    plan.append(
      batch.augment(
        x.layout, from: plan.input, augmentation, images: output, seed: plan.specification.seed, to: x.tensor)
    )
  }
}

extension OutputSum: DeviceOperation {
  package var layout: LayoutDemand { .borderless }

  package func lower(_ node: Graph.Node, at index: Int, in plan: inout PlanBuilder) throws(GraphError) {
    let gradient = try plan.graph.output(of: node)
    plan.append(ElementwiseLaunches(gradient, plan).fill(plan.tensor(gradient), with: scale))
  }
}

extension SoftmaxCrossEntropy: DeviceOperation {
  package var layout: LayoutDemand { .borderless }

  package func lower(_ node: Graph.Node, at index: Int, in plan: inout PlanBuilder) throws(GraphError) {
    let batch = BatchLaunches(stride: plan.stride, config: plan.config)
    let classes = plan.rows(node.inputs[0])
    let logits = plan.operand(node.inputs[0])
    let gradient = node.output.map { plan.tensor($0) }
    plan.append(
      batch.loss(self, classes: classes, of: logits.tensor, gradient: gradient),
      as: gradient.map { .backward(.loss(self, of: logits, gradient: $0)) } ?? .loss(logits))
  }
}
