import GraphExec

/// An operation that the CPU backend runs.
protocol HostOperation: Operation {
  /// Runs a node with this operation on a batch, whose images are the first columns of each tensor.
  func run(_ node: Graph.Node, on model: CPUModel, _ batch: inout HostBatch)
}

/// A batch on its way through a graph.
struct HostBatch {
  let set: CPUSet
  /// The places of its images in the set.
  let images: ArraySlice<Int32>
  /// Loss and correct predictions, summed over the batches so far.
  var totals: EpochTotals

  /// How many images.
  var count: Int { images.count }
}

extension CPUModel {
  /// Runs a graph's nodes on a batch.
  ///
  /// - Throws: `GraphError` for an operation that the backend does not have.
  func run(_ graph: Graph, _ batch: inout HostBatch) throws(GraphError) {
    for node in graph.nodes {
      guard let operation = node.operation as? any HostOperation else {
        throw GraphError(
          "the CPU backend has no \(node.operation.name), the operation of \(graph.describe(node))")
      }
      operation.run(node, on: self, &batch)
    }
  }

  /// The array of the tensor that a node writes.
  func output(of node: Graph.Node) -> UnsafeMutableBufferPointer<Float> {
    guard let output = node.output else { preconditionFailure("\(node.operation.name) writes nothing") }
    return array(.tensor(output)).values
  }

  /// The array of a tensor that a node reads.
  func input(_ index: Int, of node: Graph.Node) -> UnsafeMutableBufferPointer<Float> {
    array(.tensor(node.inputs[index])).values
  }

  /// Calls `body` with each place of a node's output that is in use: all of a gradient's of a parameter, and the batch's
  /// columns of another.
  @inline(__always)
  func forEachPlace(of node: Graph.Node, _ batch: HostBatch, _ body: (Int) -> Void) {
    guard let output = node.output else { return }
    guard case .activation(let shape) = trainingGraph[output].role else {
      for at in array(.tensor(output)).values.indices { body(at) }
      return
    }
    for row in 0..<shape.count {
      for at in row * stride..<row * stride + batch.count { body(at) }
    }
  }
}
