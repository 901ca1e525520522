/// Derives the backward pass by the chain rule: it walks the forward operations from last to first and lets each append what
/// it contributes to the gradients of what it read.
///
/// The contributions of a tensor's readers are added. No gradient is derived for the images, nor for what comes of them
/// without a parameter. A parameter is updated as soon as its gradient is there and its last reader, the input gradient,
/// is past: while the operands are still in the cache.
struct BackwardPass {
  /// What the gradients of parameters are for.
  enum Purpose {
    /// A step of the optimizer; those of these parameters pass their mask before.
    case updates(masked: Set<ParameterID>)
    /// The model keeps those of weights.
    case gradients(isAdded: Bool)
  }

  /// The forward pass and what was derived so far.
  private(set) var graph: Graph
  private let forward: ForwardPass
  private let purpose: Purpose
  /// The tensors that hold the parts of a gradient.
  private var tensorParts: [TensorID: [TensorID]] = [:]
  private var parameterParts: [ParameterID: [TensorID]] = [:]
  private var nodes: [Graph.Node] { forward.graph.nodes }

  init(_ forward: ForwardPass, _ purpose: Purpose, loss: any Operation) {
    self.forward = forward
    self.purpose = purpose
    graph = forward.graph
    let seed = graph.declareGradient(of: forward.output)
    tensorParts[forward.output] = [seed]
    graph.append(loss, [forward.output], to: seed)
  }

  mutating func derive() throws(GraphError) {
    let constants = constants
    for (index, node) in nodes.enumerated().reversed() {
      // The loss does not depend on a tensor without a gradient.
      if let output = node.output, !constants.contains(output),
        let upstream = sum(tensorParts[output, default: []])
      {
        try derive(node, output: output, upstream: upstream, constants: constants)
      }
      for parameter in Set(node.parameters).sorted(by: { $0.index < $1.index })
      where !nodes[..<index].contains(where: { $0.parameters.contains(parameter) }) {
        use(parameter)
      }
    }
    graph.removeUnreadGradients()
  }

  /// The tensors that depend on no parameter.
  private var constants: Set<TensorID> {
    var constants: Set<TensorID> = []
    for node in nodes where node.parameters.isEmpty && node.inputs.allSatisfy(constants.contains) {
      if let output = node.output { constants.insert(output) }
    }
    return constants
  }

  private mutating func derive(
    _ node: Graph.Node, output: TensorID, upstream: TensorID, constants: Set<TensorID>
  ) throws(GraphError) {
    guard let operation = node.operation as? any LayerOperation else {
      throw GraphError(
        "no derivative is known of \(node.operation.name), the operation of \(graph.describe(node))")
    }
    let call = GradientCall(
      inputs: node.inputs, parameters: node.parameters, output: output,
      needsInput: node.inputs.map { !constants.contains($0) })
    let gradients = operation.gradients(call, upstream: upstream, in: &graph)
    for (input, part) in zip(node.inputs, gradients.inputs) {
      if let part { tensorParts[input, default: []].append(part) }
    }
    for (parameter, part) in zip(node.parameters, gradients.parameters) {
      if let part { parameterParts[parameter, default: []].append(part) }
    }
  }

  /// The tensor that holds the sum of the parts of a gradient; nil where there are none.
  private mutating func sum(_ parts: [TensorID]) -> TensorID? {
    guard var sum = parts.first else { return nil }
    for part in parts.dropFirst() {
      let next = graph.declareGradient(like: part)
      graph.append(Add(), [sum, part], to: next)
      sum = next
    }
    return sum
  }

  /// Appends what becomes of a parameter's gradient.
  private mutating func use(_ parameter: ParameterID) {
    guard let gradient = sum(parameterParts[parameter, default: []]) else { return }
    switch purpose {
    case .updates(let masked):
      if masked.contains(parameter) { graph.append(MaskGradient(), [gradient], [parameter], to: gradient) }
      graph.append(OptimizerStep(), [gradient], [parameter], to: nil)
    case .gradients(let isAdded):
      guard graph[parameter].isWeight else { return }
      graph.append(KeepGradient(isAdded: isAdded), [gradient], [parameter], to: nil)
    }
  }
}
