/// Turns a graph into launches, fusing what a matmul's store can take over.
///
/// A ReLU joins the matmul before it, a ReLU gate the input gradient before it, and mask and Adam the weight gradient
/// before them, so that no weight gradient is ever written.
struct PlanBuilder {
  private let graph: Graph
  private let input: Plan.Input
  private let specification: ModelSpecification
  private var plan: Plan
  /// Nodes that an earlier node's launch has taken over.
  private var absorbed: Set<Int> = []
  private let fused: Bool

  init(graph: Graph, specification: ModelSpecification, config: KernelConfig, input: Plan.Input) {
    self.graph = graph
    self.input = input
    self.specification = specification
    fused = specification.fused
    plan = Plan(batchSize: specification.batchSize, config: config)
  }

  mutating func build() throws -> Plan {
    reserve("state", StepState.byteCount)
    let trains = graph.nodes.contains { $0.operation == .adam }
    plan.launches.append(
      trains
        ? BatchLaunches.beginStep(plan.batchSize, optimizer: specification.optimizer)
        : BatchLaunches.beginBatch(plan.batchSize))
    for (index, node) in graph.nodes.enumerated() where !absorbed.contains(index) {
      plan.launches.append(try lower(node, at: index))
    }
    return plan
  }

  // MARK: lowering

  private mutating func lower(_ node: Graph.Node, at index: Int) throws -> Launch {
    let batch = BatchLaunches(stride: plan.batchStride, config: plan.config)
    switch node.operation {
    case .gather:
      let output = try graph.output(of: node)
      return batch.gather(features: output.rows, from: input, to: try buffer(output.name))
    case .matmul: return try lowerForward(node, at: index)
    case .matmulInputGradient: return try lowerInputGradient(node, at: index)
    case .matmulWeightGradient: return try lowerWeightGradient(node, at: index)
    case .relu:
      return try elementwise(node).relu(
        try buffer(node.inputs[0]), to: try buffer(graph.output(of: node).name))
    case .reluGate:
      return try elementwise(node).gate(
        try buffer(node.inputs[0]), try buffer(node.inputs[1]), to: try buffer(graph.output(of: node).name))
    case .add:
      return try elementwise(node).add(
        try buffer(node.inputs[0]), try buffer(node.inputs[1]), to: try buffer(graph.output(of: node).name))
    case .softmaxCrossEntropy:
      let logits = try graph.tensor(node.inputs[0])
      return batch.loss(
        classes: logits.rows, of: try buffer(logits.name), gradient: try node.output.map { try buffer($0) })
    case .mask:
      return try dense(node.inputs[0], reserving: ["mask"]).maskGradient(try buffer(node.inputs[0]))
    case .adam:
      return try dense(node.inputs[0], reserving: ["W", "m", "v", "mask"]).adam(
        try buffer(node.inputs[0]), optimizer: specification.optimizer)
    }
  }

  /// The only node that reads `tensor` after `index`, if it has this operation.
  private func consumer(of tensor: String?, after index: Int, is operation: Graph.Operation) -> Int? {
    let readers = graph.nodes.indices.filter { reader in
      reader > index && graph.nodes[reader].inputs.contains { $0 == tensor }
    }
    guard readers.count == 1, graph.nodes[readers[0]].operation == operation else { return nil }
    return readers[0]
  }

  /// The output of a node, or of the one that its launch takes over.
  private mutating func output(of node: Graph.Node, absorbing index: Int?) throws -> String {
    if let index { absorbed.insert(index) }
    return try buffer(graph.output(of: index.map { graph.nodes[$0] } ?? node).name)
  }

  // MARK: buffers

  /// Registers a tensor's buffer and returns its name.
  private mutating func buffer(_ name: String) throws -> String {
    let tensor = try graph.tensor(name)
    return reserve(name, tensor.rows * width(of: tensor) * 4)
  }

  @discardableResult
  private mutating func reserve(_ name: String, _ bytes: Int) -> String {
    plan.buffers[name] = bytes
    return name
  }

  /// Floats from one row of a tensor to the next.
  private func width(of tensor: Graph.Tensor) -> Int {
    tensor.columns.map(leadingDimension) ?? plan.batchStride
  }

  private func elementwise(_ node: Graph.Node) throws -> ElementwiseLaunches {
    let tensor = try graph.output(of: node)
    return ElementwiseLaunches(rows: tensor.rows, width: width(of: tensor))
  }

  // MARK: layers

  /// The launches of the layer of a weight, or of its gradient, in a dense format.
  ///
  /// - Parameter reserving: the layer's buffers that the launch uses.
  private mutating func dense(_ weight: String, reserving names: [String]) throws -> DenseLaunches {
    let (layer, inputs, outputs) = try graph.layer(of: weight)
    for name in names {
      reserve("\(name)\(layer)", inputs * leadingDimension(outputs) * (name == "mask" ? 1 : 4))
    }
    return DenseLaunches(
      layer: layer, inputs: inputs, outputs: outputs, stride: plan.batchStride, config: plan.config)
  }

  /// The launches of that layer in CSR; nil where it has another format.
  ///
  /// - Parameter reserving: the layer's buffers that the launch uses.
  private mutating func sparse(_ weight: String, reserving names: [String]) throws -> SparseLaunches? {
    let layer = try graph.layer(of: weight).index
    guard let pattern = specification.pattern(layer) else { return nil }
    for name in names {
      let count =
        switch name {
        case "indptr": pattern.columns + 1
        case "tindptr": pattern.rows + 1
        case "tentries": 2 * pattern.count
        default: pattern.count
        }
      reserve("\(name)\(layer)", max(count, 1) * 4)
    }
    return SparseLaunches(layer: layer, pattern: pattern, stride: plan.batchStride, config: plan.config)
  }

  private mutating func lowerForward(_ node: Graph.Node, at index: Int) throws -> Launch {
    let relu = fused ? consumer(of: node.output, after: index, is: .relu) : nil
    let (weight, x) = (node.inputs[0], try buffer(node.inputs[1]))
    let y = try output(of: node, absorbing: relu)
    if let sparse = try sparse(weight, reserving: ["W", "indptr", "indices"]) {
      return sparse.forward(x, to: y, relu: relu != nil)
    }
    return try dense(weight, reserving: ["W"]).forward(x, to: y, relu: relu != nil)
  }

  private mutating func lowerInputGradient(_ node: Graph.Node, at index: Int) throws -> Launch {
    let gate = fused ? consumer(of: node.output, after: index, is: .reluGate) : nil
    let (weight, dY) = (node.inputs[0], try buffer(node.inputs[1]))
    let activation = try gate.map { try buffer(graph.nodes[$0].inputs[0]) }
    let dX = try output(of: node, absorbing: gate)
    if let sparse = try sparse(weight, reserving: ["W", "tindptr", "tentries"]) {
      return sparse.inputGradient(dY, to: dX, gate: activation)
    }
    return try dense(weight, reserving: ["W"]).inputGradient(dY, to: dX, gate: activation)
  }

  private mutating func lowerWeightGradient(_ node: Graph.Node, at index: Int) throws -> Launch {
    let gradient = try graph.output(of: node).name
    let (x, dY) = (try buffer(node.inputs[0]), try buffer(node.inputs[1]))
    let layer = try graph.layer(of: gradient).index
    let readers = graph.nodes.indices.filter { $0 > index && graph.nodes[$0].inputs.contains(gradient) }
    // The gradient of a weight with several readers is a sum: it must be written.
    let onlyUpdates = readers.allSatisfy { [.mask, .adam].contains(graph.nodes[$0].operation) }
    if let sparse = try sparse(gradient, reserving: ["W", "m", "v", "indptr", "indices"]) {
      guard onlyUpdates else {
        throw GraphError("the weight of layer \(layer + 1) has several readers; a sparse layer has one")
      }
      absorbed.formUnion(readers)
      return sparse.update(x, dY, optimizer: specification.optimizer)
    }
    guard fused, onlyUpdates, plan.config.fusesUpdate(stride: plan.batchStride) else {
      return try dense(gradient, reserving: []).weightGradient(x, dY, to: try buffer(gradient))
    }
    absorbed.formUnion(readers)
    let masked = specification.maskedLayers.contains(layer)
    return try dense(gradient, reserving: ["W", "m", "v"] + (masked ? ["mask"] : [])).update(
      x, dY, masked: masked, optimizer: specification.optimizer)
  }
}
