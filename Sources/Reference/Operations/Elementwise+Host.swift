import GraphExec

extension ReLU: HostOperation {
  func run(_ node: Graph.Node, on model: CPUModel, _ batch: inout HostBatch) {
    let (x, y) = (model.input(0, of: node), model.output(of: node))
    // The comparison lets a NaN through, as the kernels do.
    model.forEachPlace(of: node, batch) { at in y[at] = x[at] <= 0 ? 0 : x[at] }
  }
}

extension ReLUGate: HostOperation {
  func run(_ node: Graph.Node, on model: CPUModel, _ batch: inout HostBatch) {
    let (activation, upstream) = (model.input(0, of: node), model.input(1, of: node))
    let dX = model.output(of: node)
    model.forEachPlace(of: node, batch) { at in dX[at] = activation[at] <= 0 ? 0 : upstream[at] }
  }
}

extension Add: HostOperation {
  func run(_ node: Graph.Node, on model: CPUModel, _ batch: inout HostBatch) {
    let (a, b) = (model.input(0, of: node), model.input(1, of: node))
    let sum = model.output(of: node)
    model.forEachPlace(of: node, batch) { at in sum[at] = a[at] + b[at] }
  }
}
