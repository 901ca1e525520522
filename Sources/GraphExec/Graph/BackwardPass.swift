/// Derives the backward pass by the chain rule: it walks the forward operations from last to first and appends what each
/// contributes to the gradients of what it read.
///
/// The contributions of a tensor's readers are added. No gradient is derived for the images. A weight is updated as soon
/// as its gradient is there and its last reader, the input gradient, is past: while the operands are still in the cache.
struct BackwardPass {
  /// The forward pass and what was derived so far.
  private(set) var graph: Graph
  private let forward: ForwardPass
  private let masked: Set<Int>
  /// The tensors that hold the parts of a tensor's gradient.
  private var parts: [String: [String]] = [:]
  private var nodes: [Graph.Node] { forward.graph.nodes }

  init(_ forward: ForwardPass, masked: Set<Int>) throws {
    self.forward = forward
    self.masked = masked
    graph = forward.graph
    let seed = try contribute(to: forward.output)
    graph.append(.softmaxCrossEntropy, [forward.output], to: seed)
  }

  mutating func derive() throws {
    for (index, node) in nodes.enumerated().reversed() {
      // The loss does not depend on a tensor without a gradient.
      if let output = node.output, let upstream = try gradient(of: output) {
        try derive(node, output: output, upstream: upstream)
      }
      for name in Set(node.inputs).sorted()
      where !nodes[..<index].contains(where: { $0.inputs.contains(name) }) {
        if case .weight(let layer) = try graph.tensor(name).role { try update(name, layer: layer) }
      }
    }
  }

  private mutating func derive(_ node: Graph.Node, output: String, upstream: String) throws {
    switch node.operation {
    case .gather: break
    case .relu:
      // The gate reads the activation, which is positive just where its input was.
      let part = try contribute(to: node.inputs[0])
      graph.append(.reluGate, [output, upstream], to: part)
    case .matmul:
      let (weight, input) = (node.inputs[0], node.inputs[1])
      _ = try graph.layer(of: weight)
      if !nodes.contains(where: { $0.operation == .gather && $0.output == input }) {
        let part = try contribute(to: input)
        graph.append(.matmulInputGradient, [weight, upstream], to: part)
      }
      let part = try contribute(to: weight)
      graph.append(.matmulWeightGradient, [input, upstream], to: part)
    case .add:
      for input in node.inputs { parts[input, default: []].append(upstream) }
    case .matmulInputGradient, .matmulWeightGradient, .reluGate, .softmaxCrossEntropy, .mask, .adam:
      throw GraphError("no derivative is known of \(node.operation), the operation of \(node)")
    }
  }

  /// Declares the next part of a tensor's gradient: all of it where the tensor has one reader.
  private mutating func contribute(to name: String) throws -> String {
    let readers = nodes.reduce(name == forward.output ? 1 : 0) { $0 + $1.inputs.count { $0 == name } }
    let known = parts[name, default: []].count
    let part = try declareGradient(readers == 1 ? "d" + name : "d\(name).\(known + 1)", of: name)
    parts[name, default: []].append(part)
    return part
  }

  /// The tensor that holds the sum of the parts; nil where there are none.
  private mutating func gradient(of name: String) throws -> String? {
    let parts = parts[name, default: []]
    guard var sum = parts.first else { return nil }
    for (index, part) in parts.enumerated().dropFirst() {
      let isLast = index == parts.count - 1
      let next = try declareGradient(isLast ? "d" + name : "d\(name).sum\(index + 1)", of: name)
      graph.append(.add, [sum, part], to: next)
      sum = next
    }
    return sum
  }

  private mutating func declareGradient(_ gradient: String, of name: String) throws -> String {
    let tensor = try graph.tensor(name)
    let role: Graph.Role
    if case .weight(let layer) = tensor.role {
      role = .weightGradient(layer: layer)
    } else {
      role = .activationGradient
    }
    return graph.declare(gradient, rows: tensor.rows, columns: tensor.columns, role: role)
  }

  private mutating func update(_ weight: String, layer: Int) throws {
    guard let gradient = try gradient(of: weight) else { return }
    if masked.contains(layer) { graph.append(.mask, [gradient, weight], to: gradient) }
    graph.append(.adam, [gradient], to: weight)
  }
}
