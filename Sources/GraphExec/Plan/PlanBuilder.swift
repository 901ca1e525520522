import Device
import Foundation

/// Turns a graph into launches, fusing what a matmul's store can take over.
///
/// A ReLU joins the matmul before it, a ReLU gate the input gradient before it, and mask and Adam the weight gradient
/// before them, so that no weight gradient is ever written.
struct PlanBuilder {
  private let graph: Graph
  private let input: Plan.Input
  private let specification: ModelSpecification
  private var optimizer: AdamOptimizer { specification.optimizer }
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

  mutating func build() -> Plan {
    let trains = graph.nodes.contains { $0.operation == .adam }
    appendBegin(trains: trains)
    for (index, node) in graph.nodes.enumerated() where !absorbed.contains(index) { append(node, at: index) }
    return plan
  }

  // MARK: lowering

  private mutating func append(_ node: Graph.Node, at index: Int) {
    switch node.operation {
    case .gather: appendGather(to: node.output ?? "")
    case .matmul:
      let relu = fused ? consumer(of: node.output, after: index, is: .relu) : nil
      appendForward(node, output: absorb(relu) ?? node.output ?? "", relu: relu != nil)
    case .matmulInputGradient:
      let gate = fused ? consumer(of: node.output, after: index, is: .reluGate) : nil
      let activation = gate.map { graph.nodes[$0].inputs[0] }
      appendInputGradient(node, output: absorb(gate) ?? node.output ?? "", gate: activation)
    case .matmulWeightGradient: appendWeightGradient(node, at: index)
    case .relu: appendElementwise("relu_forward", [node.inputs[0], node.output ?? ""])
    case .reluGate: appendElementwise("relu_gate", [node.inputs[0], node.inputs[1], node.output ?? ""])
    case .softmaxCrossEntropy: appendLoss(node)
    case .mask: appendMask(node)
    case .adam: appendAdam(node)
    }
  }

  /// The node that reads `tensor`, if it is the only reader after `index` and has this operation.
  private func consumer(of tensor: String?, after index: Int, is operation: Graph.Operation) -> Int? {
    guard let tensor else { return nil }
    let readers = graph.nodes.indices.filter { $0 > index && graph.nodes[$0].inputs.contains(tensor) }
    guard readers.count == 1, graph.nodes[readers[0]].operation == operation else { return nil }
    return readers[0]
  }

  /// Marks a node as taken over and returns its output.
  private mutating func absorb(_ index: Int?) -> String? {
    guard let index else { return nil }
    absorbed.insert(index)
    return graph.nodes[index].output
  }

  private func shape(ofWeight name: String) -> (inputs: Int, outputs: Int, ldw: Int, layer: Int) {
    guard let tensor = graph.tensors[name], let columns = tensor.columns else { return (1, 1, 16, 0) }
    var layer = 0
    if case .weight(let index) = tensor.role { layer = index }
    if case .weightGradient(let index) = tensor.role { layer = index }
    return (tensor.rows, columns, leadingDimension(columns), layer)
  }

  /// Registers a tensor's buffer and refers to it.
  private mutating func buffer(_ name: String) -> Launch.Argument {
    let tensor = graph.tensors[name]
    let rows = tensor?.rows ?? 1
    plan.buffers[name] = rows * (tensor?.columns.map(leadingDimension) ?? plan.batchStride) * 4
    return .buffer(name)
  }

  private mutating func buffer(_ name: String, bytes: Int) -> Launch.Argument {
    plan.buffers[name] = bytes
    return .buffer(name)
  }

  // MARK: matmuls

  private mutating func appendMatmul(
    _ pass: MatmulPass, suffix: String = "", weight: String, _ operands: [Launch.Argument],
    extraFlops: Int = 0,
    bytesPerWeight: Int = 4
  ) {
    let (inputs, outputs, ldw, layer) = shape(ofWeight: weight)
    let stride = plan.batchStride
    plan.launches.append(
      Launch(
        label: "layer \(layer + 1) \(pass.rawValue.replacingOccurrences(of: "_", with: " "))",
        file: plan.config.matmulFile, kernel: "matmul_\(pass.rawValue)\(suffix)",
        options: plan.config.matmulOptions,
        arguments: [.int(inputs), .int(outputs), .int(ldw), .int(stride)] + operands,
        geometry: plan.config.geometry(pass, inputs: inputs, outputs: outputs, ldw: ldw, stride: stride),
        tile: plan.config.tile(pass), shape: "\(inputs)x\(outputs)x\(stride)",
        flops: 2 * inputs * outputs * stride + extraFlops,
        bytes: inputs * ldw * bytesPerWeight + (inputs + outputs) * stride * 4))
  }

  private mutating func appendForward(_ node: Graph.Node, output: String, relu: Bool) {
    if let sparse = sparse(node.inputs[0]) {
      return appendSparse(
        .forward, suffix: relu ? "_relu" : "", sparse, [buffer(node.inputs[1]), buffer(output)])
    }
    let operands = [buffer(node.inputs[0]), buffer(node.inputs[1]), buffer(output)]
    appendMatmul(.forward, suffix: relu ? "_relu" : "", weight: node.inputs[0], operands)
  }

  private mutating func appendInputGradient(_ node: Graph.Node, output: String, gate: String?) {
    let dY = buffer(node.inputs[1])
    // Without a gate the kernel does not read the activation; any buffer of the right size stands in.
    if let sparse = sparse(node.inputs[0]) {
      return appendSparse(
        .inputGradient, suffix: gate == nil ? "" : "_gated", sparse,
        [dY, buffer(gate ?? output), buffer(output)])
    }
    let operands = [buffer(node.inputs[0]), dY, buffer(gate ?? output), buffer(output)]
    appendMatmul(.inputGradient, suffix: gate == nil ? "" : "_gated", weight: node.inputs[0], operands)
  }

  private mutating func appendWeightGradient(_ node: Graph.Node, at index: Int) {
    guard let gradient = node.output else { return }
    let (inputs, outputs, ldw, layer) = shape(ofWeight: gradient)
    let operands = [buffer(node.inputs[0]), buffer(node.inputs[1])]
    if let sparse = sparse(gradient) {
      absorbUpdate(of: gradient, after: index)
      return appendSparse(.weightGradient, suffix: "_adam", sparse, operands)
    }
    guard fused, plan.config.fusesUpdate(stride: plan.batchStride) else {
      return appendMatmul(.weightGradient, weight: gradient, operands + [buffer(gradient)])
    }
    let masked = specification.maskedLayers.contains(layer)
    absorbUpdate(of: gradient, after: index)
    var rest = updateBuffers(layer: layer, inputs: inputs, ldw: ldw) + optimizerArguments
    if masked { rest.append(buffer("mask\(layer)", bytes: inputs * ldw)) }
    appendMatmul(
      .weightGradient, suffix: masked ? "_adam_masked" : "_adam", weight: gradient, operands + rest,
      extraFlops: 12 * inputs * outputs, bytesPerWeight: 24 + (masked ? 1 : 0))
  }

  /// Mask and optimizer become part of the launch that computes the gradient.
  private mutating func absorbUpdate(of gradient: String, after index: Int) {
    for later in graph.nodes.indices where later > index && graph.nodes[later].inputs.first == gradient {
      absorbed.insert(later)
    }
  }

  private mutating func updateBuffers(layer: Int, inputs: Int, ldw: Int) -> [Launch.Argument] {
    ["W", "m", "v"].map { buffer("\($0)\(layer)", bytes: inputs * ldw * 4) }
  }

  private var optimizerArguments: [Launch.Argument] {
    [
      .buffer("state"), .float(optimizer.beta1), .float(optimizer.beta2), .float(optimizer.epsilon),
    ]
  }

  // MARK: sparse layers

  /// A sparse layer and its structure.
  private typealias SparseLayer = (layer: Int, pattern: SparsePattern)

  private func sparse(_ weight: String) -> SparseLayer? {
    let layer = shape(ofWeight: weight).layer
    return specification.pattern(layer).map { (layer, $0) }
  }

  /// A product over the surviving entries; `operands` are the activations and gradients, in the kernel's order.
  private mutating func appendSparse(
    _ pass: MatmulPass, suffix: String, _ sparse: SparseLayer, _ operands: [Launch.Argument]
  ) {
    let (layer, pattern) = sparse
    let stride = plan.batchStride
    func structure(_ name: String, _ count: Int) -> Launch.Argument {
      plan.buffers["\(name)\(layer)"] = max(count, 1) * 4
      return .buffer("\(name)\(layer)")
    }
    let values = structure("W", pattern.count)
    let byColumn = [structure("indptr", pattern.columns + 1), structure("indices", pattern.count)]
    let arguments: [Launch.Argument]
    switch pass {
    case .forward: arguments = byColumn + [values] + operands
    case .inputGradient:
      let byRow = [structure("tindptr", pattern.rows + 1), structure("tentries", 2 * pattern.count)]
      arguments = byRow + [values] + operands
    case .weightGradient:
      let moments = ["m", "v"].map { structure($0, pattern.count) }
      arguments = byColumn + operands + [values] + moments + optimizerArguments
    }
    let bytesPerEntry = pass == .forward ? 8 : pass == .inputGradient ? 12 : 28
    plan.launches.append(
      Launch(
        label: "layer \(layer + 1) \(pass.rawValue.replacingOccurrences(of: "_", with: " "))",
        file: plan.config.sparseFile, kernel: "sparse_\(pass.rawValue)\(suffix)",
        options: plan.config.sparseOptions(stride: stride),
        arguments: [.int(pass == .inputGradient ? pattern.rows : pattern.columns), .int(stride)] + arguments,
        geometry: plan.config.sparseGeometry(
          pass, inputs: pattern.rows, outputs: pattern.columns, stride: stride),
        tile: "CSR, \(String(format: "%.1f", pattern.density * 100))% dense",
        shape: "\(pattern.rows)x\(pattern.columns)x\(stride)",
        flops: (2 * stride + (pass == .weightGradient ? 12 : 0)) * pattern.count,
        bytes: bytesPerEntry * pattern.count + (pattern.rows + pattern.columns) * stride * 4))
  }

  // MARK: the others

  private mutating func appendSmall(
    _ label: String, file: String, kernel: String, options: [(String, Int)] = [],
    _ arguments: [Launch.Argument],
    geometry: LaunchGeometry, shape: String, flops: Int, bytes: Int
  ) {
    plan.launches.append(
      Launch(
        label: label, file: file, kernel: kernel, options: defines(options), arguments: arguments,
        geometry: geometry, tile: "", shape: shape, flops: flops, bytes: bytes))
  }

  private mutating func appendBegin(trains: Bool) {
    let state = buffer("state", bytes: StepState.byteCount)
    var arguments: [Launch.Argument] = [state, .imageCount, .int(plan.batchSize)]
    if trains {
      arguments += [
        // The logarithms of the rounded decays, since the kernels' 1 - beta is rounded, too.
        .float(optimizer.learningRate), .float(Float(log(Double(optimizer.beta1)))),
        .float(Float(log(Double(optimizer.beta2)))),
      ]
    }
    appendSmall(
      "next batch", file: "step.cl", kernel: trains ? "begin_step" : "begin_batch", arguments,
      geometry: LaunchGeometry(1, local: 1), shape: "1", flops: 0, bytes: StepState.byteCount)
  }

  private mutating func appendGather(to output: String) {
    let features = graph.tensors[output]?.rows ?? 1
    let stride = plan.batchStride
    let small = SmallKernels(plan.config)
    var arguments: [Launch.Argument] = [
      .int(features), .int(stride), .buffer("images"), .buffer("order"), .buffer("state"),
    ]
    arguments += [.float(input == .bytes ? 1 / 255 : 1), buffer(output)]
    appendSmall(
      "gather", file: "step.cl", kernel: input == .bytes ? "gather_bytes" : "gather_floats",
      options: small.gatherMacros, arguments, geometry: small.gather(features: features, stride: stride),
      shape: "\(features)x\(stride)", flops: features * stride,
      bytes: features * stride * (input == .bytes ? 5 : 8))
  }

  private mutating func appendLoss(_ node: Graph.Node) {
    let classes = graph.tensors[node.inputs[0]]?.rows ?? 1
    let stride = plan.batchStride
    let small = SmallKernels(plan.config)
    var arguments: [Launch.Argument] = [.int(classes), .int(stride), buffer(node.inputs[0])]
    arguments += [.buffer("labels"), .buffer("order"), .buffer("state")]
    if let gradient = node.output { arguments.append(buffer(gradient)) }
    appendSmall(
      "loss", file: "loss.cl",
      kernel: node.output == nil ? "softmax_cross_entropy_evaluate" : "softmax_cross_entropy",
      options: small.lossMacros(stride: stride), arguments, geometry: small.loss(stride: stride),
      shape: "\(classes)x\(stride)", flops: 8 * classes * stride,
      bytes: classes * stride * (node.output == nil ? 4 : 8))
  }

  private mutating func appendElementwise(_ kernel: String, _ tensors: [String]) {
    let rows = graph.tensors[tensors[0]]?.rows ?? 1
    let count = rows * plan.batchStride
    appendSmall(
      kernel.replacingOccurrences(of: "_", with: " "), file: "elementwise.cl", kernel: kernel,
      [.int(count)] + tensors.map { buffer($0) }, geometry: LaunchGeometry(count, local: 64),
      shape: "\(rows)x\(plan.batchStride)", flops: count, bytes: count * 4 * tensors.count)
  }

  private mutating func appendMask(_ node: Graph.Node) {
    let (inputs, _, ldw, layer) = shape(ofWeight: node.inputs[0])
    appendSmall(
      "layer \(layer + 1) mask", file: "elementwise.cl", kernel: "mask_gradient",
      [.int(inputs * ldw), buffer("mask\(layer)", bytes: inputs * ldw), buffer(node.inputs[0])],
      geometry: LaunchGeometry(inputs * ldw, local: 64), shape: "\(inputs)x\(ldw)", flops: 0,
      bytes: inputs * ldw * 5)
  }

  private mutating func appendAdam(_ node: Graph.Node) {
    let (inputs, outputs, ldw, layer) = shape(ofWeight: node.inputs[0])
    var arguments: [Launch.Argument] = [.int(inputs * ldw), buffer(node.inputs[0])]
    arguments += updateBuffers(layer: layer, inputs: inputs, ldw: ldw)
    arguments.append(buffer("mask\(layer)", bytes: inputs * ldw))
    arguments += optimizerArguments
    appendSmall(
      "layer \(layer + 1) adam", file: "elementwise.cl", kernel: "adam_update", arguments,
      geometry: LaunchGeometry(inputs * ldw, local: 64), shape: "\(inputs)x\(ldw)",
      flops: 12 * inputs * outputs, bytes: inputs * ldw * 29)
  }
}
