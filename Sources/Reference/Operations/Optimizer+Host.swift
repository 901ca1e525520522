import GraphExec

extension MaskGradient: HostOperation {
  func run(_ node: Graph.Node, on model: CPUModel, _ batch: inout HostBatch) {
    let (gradient, mask) = (model.input(0, of: node), model.masks[node.parameters[0].index])
    for index in mask.indices where mask[index] == 0 { gradient[index] = 0 }
  }
}

extension KeepGradient: HostOperation {
  func run(_ node: Graph.Node, on model: CPUModel, _ batch: inout HostBatch) {
    let (gradient, kept) = (model.input(0, of: node), model.gradient(of: node.parameters[0]))
    guard isAdded else { return _ = kept.update(from: gradient) }
    for index in kept.indices { kept[index] += gradient[index] }
  }
}

extension OptimizerStep: HostOperation {
  func run(_ node: Graph.Node, on model: CPUModel, _ batch: inout HostBatch) {
    let parameter = node.parameters[0]
    let optimizer = model.specification.optimizer
    let (values, slots) = (model.value(parameter), model.slots(of: parameter))
    optimizer.update(
      values, slots: slots, gradient: model.input(0, of: node),
      rule: optimizer.rule(step: model.step, rate: model.learningRate))
    guard model.specification.format(parameter) == .masked else { return }
    model.masks[parameter.index].withUnsafeBufferPointer { mask in
      for array in [values] + slots {
        for i in 0..<mask.count where mask[i] == 0 { array[i] = 0 }
      }
    }
  }
}
