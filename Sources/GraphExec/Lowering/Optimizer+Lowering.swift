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
    let gradient = plan.tensor(node.inputs[0])
    plan.append(plan.dense(parameter).update(gradient), as: .backward(.updateBy(parameter, gradient)))
  }
}

extension KeepGradient: DeviceOperation {
  package var layout: LayoutDemand { .any }

  package func lower(_ node: Graph.Node, at index: Int, in plan: inout PlanBuilder) throws(GraphError) {
    // Where nothing is added, it is written to where it stays.
    guard isAdded else { return }
    let gradient = node.inputs[0]
    plan.append(
      ElementwiseLaunches(gradient, plan).add(
        plan.tensor(gradient), into: .parameter(node.parameters[0], .gradient)))
  }
}

extension PlanBuilder {
  /// Whether all that reads a gradient is its mask and the update. The gradient of a weight with several readers is a sum,
  /// and must be written.
  func onlyUpdates(_ gradient: TensorID, after index: Int) -> Bool {
    readers(of: gradient, after: index).allSatisfy {
      let operation = graph.nodes[$0].operation
      return operation is MaskGradient || operation is OptimizerStep
    }
  }

  /// Takes over mask and update of a weight, and registers what the update changes.
  mutating func absorbUpdate(of weight: ParameterID, by gradient: TensorID, after index: Int)
    throws(GraphError)
  {
    guard onlyUpdates(gradient, after: index) else {
      throw GraphError("\(graph[weight].name) has several readers; a sparse weight has one")
    }
    absorb(readers(of: gradient, after: index))
    reserveUpdated(weight)
  }
}
