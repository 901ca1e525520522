import GraphExec

extension Linear: HostOperation {
  func run(_ node: Graph.Node, on model: CPUModel, _ batch: inout HostBatch) {
    // W [inputs, outputs], X [inputs, batch]; the product is added to the bias, where there is one.
    let weight = model.specification.network[node.parameters[0]]
    let (inputs, outputs) = (Int32(weight.rows), Int32(weight.columns))
    let ld = Int32(model.stride)
    if bias {
      let (bias, y) = (model.value(node.parameters[1]), model.output(of: node))
      model.forEachPlace(of: node, batch) { at in y[at] = bias[at / model.stride] }
    }
    model.blas.multiply(
      OpenBLAS.rowMajor, OpenBLAS.transposed, OpenBLAS.plain, outputs, Int32(batch.count), inputs, 1,
      model.value(node.parameters[0]).baseAddress, outputs, model.input(0, of: node).baseAddress, ld,
      bias ? 1 : 0, model.output(of: node).baseAddress, ld)
  }
}

extension LinearInputGradient: HostOperation {
  func run(_ node: Graph.Node, on model: CPUModel, _ batch: inout HostBatch) {
    // W [inputs, outputs], dY [outputs, batch]
    let weight = model.specification.network[node.parameters[0]]
    let (inputs, outputs) = (Int32(weight.rows), Int32(weight.columns))
    let ld = Int32(model.stride)
    model.blas.multiply(
      OpenBLAS.rowMajor, OpenBLAS.plain, OpenBLAS.plain, inputs, Int32(batch.count), outputs, 1,
      model.value(node.parameters[0]).baseAddress, outputs, model.input(0, of: node).baseAddress, ld, 0,
      model.output(of: node).baseAddress, ld)
  }
}

extension LinearWeightGradient: HostOperation {
  func run(_ node: Graph.Node, on model: CPUModel, _ batch: inout HostBatch) {
    // X [inputs, batch], dY [outputs, batch]
    let weight = model.specification.network[node.parameters[0]]
    let (inputs, outputs) = (Int32(weight.rows), Int32(weight.columns))
    let ld = Int32(model.stride)
    model.blas.multiply(
      OpenBLAS.rowMajor, OpenBLAS.plain, OpenBLAS.transposed, inputs, outputs, Int32(batch.count), 1,
      model.input(0, of: node).baseAddress, ld, model.input(1, of: node).baseAddress, ld, 0,
      model.output(of: node).baseAddress, outputs)
  }
}
