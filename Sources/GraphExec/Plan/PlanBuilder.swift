/// Turns a graph into launches, node by node, and holds what operations ask for as they are lowered.
///
/// An operation may take over the nodes that read its output, where its kernel can do their work as it stores: those get
/// no launch of their own.
package struct PlanBuilder {
  package let graph: Graph
  package let specification: ModelSpecification
  /// How the images of the data set are stored.
  package let input: Plan.Input
  private let layouts: TensorLayouts
  /// Whether tensors of one layout take buffers in turn.
  private let takesTurns: Bool
  private var plan: Plan
  /// Nodes that an earlier node's launch has taken over.
  private var absorbed: Set<Int> = []
  /// Buffers that no launch writes whole.
  private var apart: Set<BufferID> = []
  /// Gradients that have not passed the ReLU's gate before them: their readers see to it.
  private var ungated: Set<TensorID> = []

  package var config: KernelConfig { plan.config }
  /// Floats from one feature's row of activations to the next.
  package var stride: Int { plan.batchStride }
  /// What updates parameters.
  package var optimizer: any Optimizer { specification.optimizer }
  /// Whether launches take over others' work at all.
  package var fused: Bool { specification.fused }
  /// Whether the gradients of weights stay, of all entries: no update takes them.
  package let keepsGradients: Bool

  init(
    _ graph: Graph, layouts: TensorLayouts, specification: ModelSpecification, config: KernelConfig,
    input: Plan.Input, takesTurns: Bool
  ) {
    self.graph = graph
    self.layouts = layouts
    self.takesTurns = takesTurns
    self.input = input
    self.specification = specification
    keepsGradients = graph.nodes.contains { $0.operation is KeepGradient }
    plan = Plan(batchSize: specification.batchSize, config: config)
  }

  consuming func built() throws(GraphError) -> Plan {
    plan.buffers[.state] = StepState.byteCount
    placeKeptGradients()
    let trains = keepsGradients || graph.nodes.contains { $0.operation is OptimizerStep }
    append(
      trains
        ? BatchLaunches.beginStep(plan.batchSize, optimizer: optimizer)
        : BatchLaunches.beginBatch(plan.batchSize), as: .begin)
    for (index, node) in graph.nodes.enumerated() where !absorbed.contains(index) {
      guard let operation = node.operation as? any DeviceOperation else {
        throw GraphError(
          "there are no kernels for \(node.operation.name), the operation of \(graph.describe(node))")
      }
      try operation.lower(node, at: index, in: &self)
    }
    if takesTurns { plan.takeTurns(turnLayouts, kept: logits) }
    if !trains { plan.outputs = logits.map { plan.buffer(of: $0) } }
    return plan
  }

  /// The layouts of the tensors that take buffers in turn.
  private var turnLayouts: [TensorID: TensorLayout] {
    var found: [TensorID: TensorLayout] = [:]
    for id in graph.tensors.indices.map({ TensorID($0) }) where !apart.contains(.tensor(id)) {
      if case .activation = graph[id].role { found[id] = layouts[id] }
    }
    return found
  }

  /// What an evaluation's caller reads.
  private var logits: TensorID? {
    graph.nodes.first { $0.operation is SoftmaxCrossEntropy }?.inputs.first
  }

  /// Has the gradients that a model keeps written where they stay, or where they are added from.
  private mutating func placeKeptGradients() {
    for node in graph.nodes {
      guard let keep = node.operation as? KeepGradient else { continue }
      let (gradient, weight) = (node.inputs[0], node.parameters[0])
      reserve(weight, .gradient)
      plan.homes[gradient] =
        keep.isAdded
        ? reserve(.batchGradient, bytes: rows(gradient) * width(gradient) * 4) : .parameter(weight, .gradient)
    }
  }

  // MARK: what operations ask for

  /// Adds a launch after those that are there.
  ///
  /// - Parameter block: what it does of a forward pass, for kernels that run all of one.
  package mutating func append(_ launch: Launch, as block: BlockStep? = nil) {
    var launch = launch
    launch.block = block
    plan.launches.append(launch)
  }

  /// Registers a tensor's buffer, or that of the tensor which it is another name of.
  package mutating func tensor(_ id: TensorID) -> BufferID {
    let buffer = plan.buffer(of: id)
    if buffer == .tensor(id) { plan.buffers[buffer] = rows(id) * width(id) * 4 }
    return buffer
  }

  /// Keeps a tensor's buffer its own: what its launch leaves out has to stay zero.
  package mutating func keepApart(_ buffer: BufferID) { apart.insert(buffer) }

  /// Makes a tensor another name for one that holds the same rows in the same order.
  package mutating func alias(_ id: TensorID, of other: TensorID) {
    plan.aliases[id] = plan.aliases[other] ?? other
  }

  /// Registers the parts of a parameter that a launch uses.
  package mutating func reserve(_ parameter: ParameterID, _ parts: ParameterPart...) {
    reserve(parameter, parts)
  }

  /// Registers the parts of a parameter that an update changes.
  package mutating func reserveUpdated(_ parameter: ParameterID) {
    reserve(parameter, [.value] + optimizer.slotParts)
  }

  private mutating func reserve(_ parameter: ParameterID, _ parts: [ParameterPart]) {
    for part in parts {
      plan.buffers[.parameter(parameter, part)] = specification.bytes(of: parameter, part)
    }
  }

  /// Registers a buffer with a content of its own, which is always the same.
  package mutating func table(_ id: BufferID, _ values: @autoclosure () -> [UInt32]) {
    guard plan.tables[id] == nil else { return }
    let values = values()
    plan.buffers[id] = max(values.count, 1) * 4
    plan.tables[id] = values
  }

  /// Where the pixels of a tensor of activations are.
  package func layout(_ id: TensorID) -> TensorLayout { layouts[id] }

  /// Registers memory that launches use in turn: as many bytes as any of them needs.
  package mutating func reserve(_ id: BufferID, bytes: Int) -> BufferID {
    plan.buffers[id] = max(plan.buffers[id] ?? 0, bytes)
    return id
  }

  /// Rows of a tensor: those of its layout, or a parameter's.
  package func rows(_ id: TensorID) -> Int {
    switch graph[id].role {
    case .activation: layouts[id].rows
    case .gradient(let parameter): graph[parameter].rows
    }
  }

  /// Floats from one row of a tensor to the next.
  package func width(_ id: TensorID) -> Int {
    switch graph[id].role {
    case .activation: stride
    case .gradient(let parameter): leadingDimension(graph[parameter].columns)
    }
  }

  // MARK: fusing

  /// The only node that reads a tensor after a node, where it has this operation and launches may take over others' work.
  package func soleReader<Reader: Operation>(of tensor: TensorID, after index: Int, as type: Reader.Type)
    -> Int?
  {
    let readers = readers(of: tensor, after: index)
    guard fused, readers.count == 1, graph.nodes[readers[0]].operation is Reader else { return nil }
    return readers[0]
  }

  /// The nodes that read a tensor after a node.
  package func readers(of tensor: TensorID, after index: Int) -> [Int] {
    graph.nodes.indices.filter { $0 > index && graph.nodes[$0].inputs.contains(tensor) }
  }

  /// Gives nodes no launch of their own.
  package mutating func absorb(_ nodes: [Int]) { absorbed.formUnion(nodes) }

  /// Leaves a ReLU's gate to the readers of a gradient, which see what came in.
  package mutating func leaveGate(_ gradient: TensorID, to upstream: TensorID) {
    alias(gradient, of: upstream)
    ungated.insert(gradient)
  }

  /// Whether the readers of a gradient have to pass it through a ReLU's gate.
  package func isUngated(_ gradient: TensorID) -> Bool { ungated.contains(gradient) }

  /// Registers the tensor that a node writes, or the one that its launch takes over; that gets no launch of its own.
  package mutating func output(of node: Graph.Node, absorbing index: Int?) throws(GraphError) -> BufferID {
    if let index { absorbed.insert(index) }
    return tensor(try graph.output(of: index.map { graph.nodes[$0] } ?? node))
  }
}

/// An operation that the OpenCL backend runs.
package protocol DeviceOperation: Operation {
  /// What its kernels ask of the layouts of the tensors that a node reads and writes.
  var layout: LayoutDemand { get }
  /// Appends the launches of a node with this operation.
  ///
  /// - Parameter index: the node's place in the graph.
  /// - Throws: `GraphError` for a form that no kernel has.
  func lower(_ node: Graph.Node, at index: Int, in plan: inout PlanBuilder) throws(GraphError)
}
