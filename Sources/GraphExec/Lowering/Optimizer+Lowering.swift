extension MaskGradient: DeviceOperation {
  package var layout: LayoutDemand { .any }

  package func lower(_ node: Graph.Node, at index: Int, in plan: inout PlanBuilder) throws(GraphError) {
    // The update passes over what is masked by itself.
    guard !plan.fused else { return }
    let parameter = node.parameters[0]
    plan.reserve(parameter, .mask)
    plan.append(plan.dense(parameter).maskGradient(plan.tensor(node.inputs[0])))
  }
}

extension OptimizerStep: DeviceOperation {
  package var layout: LayoutDemand { .any }

  package func lower(_ node: Graph.Node, at index: Int, in plan: inout PlanBuilder) throws(GraphError) {
    let parameter = node.parameters[0]
    plan.reserveUpdated(parameter)
    plan.reserve(parameter, .mask)
    plan.append(plan.dense(parameter).update(plan.tensor(node.inputs[0])))
  }
}
