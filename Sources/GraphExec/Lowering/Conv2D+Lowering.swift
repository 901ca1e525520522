// A batch norm of an evaluation, a residual addition and a ReLU join the product before them; the addition of another reader's
// gradient and a ReLU's gate join the input gradient. The weight gradient is written, being small, and updated by a launch of its
// own; in CSR that adds up its parts.

extension Conv2D: DeviceOperation {
  package var layout: LayoutDemand { padding > 0 ? .bordered(padding) : .any }

  package func lower(_ node: Graph.Node, at index: Int, in plan: inout PlanBuilder) throws(GraphError) {
    let weight = node.parameters[0]
    let setting = try plan.setting(
      self, weight, input: node.inputs[0], output: try plan.graph.output(of: node))
    let bias = bias ? plan.value(node.parameters[1]) : nil
    // The store has one offset: the bias's or the batch norm's.
    let steps = try plan.absorbStore(of: node, at: index, scales: bias == nil)
    let (pixels, y) = (plan.operand(node.inputs[0]), plan.operand(steps.output))
    let other = steps.other.map { plan.operand($0) }
    let x = pixels.tensor
    let step = BlockStep.product(
      BlockProduct(
        setting, pixels, to: y, bias: bias, norm: steps.norm, adding: other, relu: steps.relu))
    if let sparse = plan.sparse(weight, setting) {
      plan.reserve(weight, .value, .columnStarts)
      plan.table(sparse.offsetsID, sparse.offsets)
      return plan.append(
        sparse.forward(x, to: y, bias: bias, norm: steps.norm, adding: other, relu: steps.relu), as: step)
    }
    let dense = ConvolutionLaunches(setting)
    plan.reserve(weight, .value)
    plan.table(dense.offsetsID, dense.offsets)
    plan.append(
      dense.forward(x, to: y, bias: bias, norm: steps.norm, adding: other, relu: steps.relu), as: step)
  }
}

extension Conv2DInputGradient: DeviceOperation {
  package var layout: LayoutDemand { .any }

  package func lower(_ node: Graph.Node, at index: Int, in plan: inout PlanBuilder) throws(GraphError) {
    let weight = node.parameters[0]
    let setting = try plan.setting(
      forward, weight, input: try plan.graph.output(of: node), output: node.inputs[0])
    let steps = try plan.absorbGradientStore(of: node, at: index)
    let (dY, dX) = (plan.operand(node.inputs[0]), plan.operand(steps.output))
    let (other, activation) = (
      steps.other.map { plan.operand($0) }, steps.activation.map { plan.operand($0) }
    )
    plan.reserve(weight, .value)
    if let sparse = plan.sparse(weight, setting) {
      for (id, values) in sparse.reads(of: dY.layout) { plan.table(id, values) }
      return plan.append(sparse.inputGradient(dY, to: dX, adding: other, gate: activation))
    }
    let dense = ConvolutionLaunches(setting)
    for (id, values) in dense.reads(of: dY.layout) { plan.table(id, values) }
    plan.append(dense.inputGradient(dY, to: dX, adding: other, gate: activation))
  }
}

extension Conv2DWeightGradient: DeviceOperation {
  package var layout: LayoutDemand { forward.padding > 0 ? .bordered(forward.padding) : .any }

  package func lower(_ node: Graph.Node, at index: Int, in plan: inout PlanBuilder) throws(GraphError) {
    let weight = node.parameters[0]
    let gradient = try plan.graph.output(of: node)
    let setting = try plan.setting(forward, weight, input: node.inputs[0], output: node.inputs[1])
    let (x, dY) = (plan.tensor(node.inputs[0]), plan.operand(node.inputs[1]))
    let (launches, bytes): ([Launch], Int)
    if !plan.keepsGradients, let sparse = plan.sparse(weight, setting) {
      try plan.absorbUpdate(of: weight, by: gradient, after: index)
      plan.reserve(weight, .columnStarts)
      plan.table(sparse.offsetsID, sparse.offsets)
      (launches, bytes) = sparse.update(x, dY)
    } else {
      let dense = ConvolutionLaunches(setting)
      plan.table(dense.offsetsID, dense.offsets)
      (launches, bytes) = dense.weightGradient(x, dY, to: plan.tensor(gradient))
    }
    _ = plan.reserve(.partialSums, bytes: bytes)
    for launch in launches { plan.append(launch) }
  }
}

extension PlanBuilder {
  /// The setting of a convolution that reads and writes these tensors, or whose gradients do.
  fileprivate func setting(
    _ convolution: Conv2D, _ weight: ParameterID, input: TensorID, output: TensorID
  ) throws(GraphError) -> ConvolutionSetting {
    for tensor in [input, output] where layout(tensor).rows * stride > Int(Int32.max) {
      throw GraphError(
        "\(graph[tensor].label) has \(layout(tensor).rows) rows of \(stride) images, more than a convolution's kernels "
          + "can count; make training.batch_size smaller")
    }
    return ConvolutionSetting(
      LayerWeight(weight, graph[weight]), convolution, input: layout(input), output: layout(output).shape,
      stride: stride, config: config)
  }

  /// The launches of a convolution whose weight is in CSR; nil where it has another format.
  fileprivate func sparse(_ weight: ParameterID, _ setting: ConvolutionSetting) -> SparseConvolutionLaunches?
  {
    specification.pattern(weight).map {
      SparseConvolutionLaunches(setting, pattern: $0, optimizer: optimizer)
    }
  }
}
