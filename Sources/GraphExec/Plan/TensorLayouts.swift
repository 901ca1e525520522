/// The layout of each of a graph's activations: the smallest border that serves all who read it.
///
/// It is decided once for a model, from the graph of a whole training step; an evaluation's tensors are among that one's.
public struct TensorLayouts: Sendable, Equatable {
  private let layouts: [TensorID: TensorLayout]

  /// Asks each of a graph's operations what its kernels need.
  ///
  /// - Throws: `GraphError` where a tensor needs a border and has a reader or writer that cannot pass over it.
  public init(_ graph: Graph) throws(GraphError) {
    // A chain of tensors: each points to one that has the same layout.
    var tiedTo = Array(graph.tensors.indices)
    func root(_ tensor: Int) -> Int { tiedTo[tensor] == tensor ? tensor : root(tiedTo[tensor]) }
    var borders = [Int](repeating: 0, count: graph.tensors.count)
    var borderless: [(tensor: TensorID, node: Graph.Node)] = []
    for node in graph.nodes {
      let operands = node.inputs + [node.output].compactMap { $0 }
      switch (node.operation as? any DeviceOperation)?.layout ?? .any {
      case .any: break
      case .shared: for other in operands.dropFirst() { tiedTo[root(other.index)] = root(operands[0].index) }
      case .borderless: borderless += operands.map { ($0, node) }
      case .bordered(let border): borders[node.inputs[0].index] = max(borders[node.inputs[0].index], border)
      }
    }
    for tensor in borders.indices { borders[root(tensor)] = max(borders[root(tensor)], borders[tensor]) }
    for (tensor, node) in borderless where borders[root(tensor.index)] > 0 {
      throw GraphError(
        "\(graph[tensor].label) is read with a padding, which \(graph.describe(node)) cannot pass over")
    }
    var layouts: [TensorID: TensorLayout] = [:]
    for (index, tensor) in graph.tensors.enumerated() {
      guard case .activation(let shape) = tensor.role else { continue }
      layouts[TensorID(index)] = TensorLayout(shape, border: borders[root(index)])
    }
    self.layouts = layouts
  }

  /// The layout of a tensor of activations.
  public subscript(_ id: TensorID) -> TensorLayout {
    guard let layout = layouts[id] else { preconditionFailure("tensor \(id.index) holds no activations") }
    return layout
  }
}

/// What the kernels of an operation ask of the layouts of the tensors that its node reads and writes.
package enum LayoutDemand: Sendable {
  /// They read and write pixels of any layout.
  case any
  /// They run over all rows alike, those of borders too, and zeros give zeros: all tensors have one layout.
  case shared
  /// They take rows that follow each other without a border.
  case borderless
  /// They read so many pixels beyond the edge of the first input.
  case bordered(Int)
}
