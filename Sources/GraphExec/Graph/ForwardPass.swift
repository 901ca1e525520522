/// The operations from a batch's images to the output layer.
///
/// Loss, backward pass and updates are derived from them.
public struct ForwardPass: Sendable, Equatable {
  /// The operations.
  public let graph: Graph
  /// The tensor that holds the output layer.
  public let output: TensorID

  /// A graph whose node for `output` comes last of those that it depends on.
  package init(_ graph: Graph, output: TensorID) {
    self.graph = graph
    self.output = output
  }

  /// The forward pass of a network: the images, then its layers in their order.
  public init(_ network: Network) {
    var graph = Graph(parameters: network.parameters)
    let images = graph.declare("images", network.input)
    graph.append(LoadBatch(), [], to: images)
    var outputs: [TensorID] = []
    for (index, layer) in network.layers.enumerated() {
      let output = graph.declare(layer.name, network.shapes[index])
      let inputs = network.sources[index].map { $0.map { outputs[$0] } ?? images }
      graph.append(layer.operation, inputs, network.parameters(of: index), to: output)
      outputs.append(output)
    }
    self.init(graph, output: outputs[outputs.count - 1])
  }

  /// Forward pass and loss, with no gradient: what an evaluation runs per batch. Its labels are not smoothed.
  public var evaluation: Graph {
    var graph = graph.evaluated
    graph.append(SoftmaxCrossEntropy(), [output], to: nil)
    return graph
  }

  /// Forward pass, loss, backward pass and updates: one training step.
  ///
  /// The gradients of the parameters that `masked` names pass their mask before the update.
  ///
  /// - Throws: `GraphError` for an operation that has no derivative.
  public func training(masked: Set<ParameterID>, loss: SoftmaxCrossEntropy = SoftmaxCrossEntropy())
    throws(GraphError) -> Graph
  {
    try derived(.updates(masked: masked), loss)
  }

  /// Forward pass, loss and backward pass, after which nothing has changed but the gradients of the weights, which stay with
  /// the model. No masks are passed.
  ///
  /// - Parameters:
  ///   - isAdded: whether they are added to those that are there.
  ///   - loss: whose gradients they are.
  /// - Throws: `GraphError` for an operation that has no derivative.
  public func gradients(isAdded: Bool, loss: SoftmaxCrossEntropy = SoftmaxCrossEntropy()) throws(GraphError)
    -> Graph
  {
    let unchanging = graph.mapOperations { ($0 as? any LayerOperation)?.unchanging ?? $0 }
    return try ForwardPass(unchanging, output: output).derived(.gradients(isAdded: isAdded), loss)
  }

  /// The gradients of the sum of the outputs by the weights, which stay with the model: all as in an evaluation.
  ///
  /// - Parameter scale: a factor of the sum.
  /// - Throws: `GraphError` for an operation that has no derivative.
  public func flow(scale: Float) throws(GraphError) -> Graph {
    try derived(.gradients(isAdded: false), OutputSum(scale: scale)).evaluated
  }

  private func derived(_ purpose: BackwardPass.Purpose, _ loss: any Operation) throws(GraphError) -> Graph {
    var backward = BackwardPass(self, purpose, loss: loss)
    try backward.derive()
    return backward.graph
  }
}
