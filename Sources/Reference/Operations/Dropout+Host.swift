import GraphExec

extension Dropout: HostOperation {
  func run(_ node: Graph.Node, on model: CPUModel, _ batch: inout HostBatch) {
    guard let output = node.output else { preconditionFailure("a dropout writes a tensor") }
    model.drop(node, DropoutMask(rate, of: output, seed: model.specification.seed, step: model.step), batch)
  }
}

extension DropoutGradient: HostOperation {
  func run(_ node: Graph.Node, on model: CPUModel, _ batch: inout HostBatch) {
    model.drop(node, DropoutMask(rate, of: forward, seed: model.specification.seed, step: model.step), batch)
  }
}

extension Identity: HostOperation {
  func run(_ node: Graph.Node, on model: CPUModel, _ batch: inout HostBatch) { model.copyInput(of: node) }
}

extension CPUModel {
  /// Gives a node's output the entries of its input that a mask keeps.
  fileprivate func drop(_ node: Graph.Node, _ mask: DropoutMask, _ batch: HostBatch) {
    let (x, y) = (input(0, of: node), output(of: node))
    forEachPlace(of: node, batch) { at in
      let isKept = mask.keeps(feature: at / stride, column: at % stride)
      y[at] = isKept ? x[at] * mask.factor : 0
    }
  }
}
