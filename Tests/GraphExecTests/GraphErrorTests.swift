import GraphExec
import Reference
import Testing

/// What a graph lacks is an error that names it: nothing is skipped, and no shape is made up.
@Suite struct GraphErrorTests {
  private static let network = Network(layers: [6, 5, 4])
  private static let specification = ModelSpecification(network: network, batchSize: 8, masked: false)
  private static let config = KernelConfig.cpu(CPUTiles.choose(width: 8, localMemory: 1 << 16, batchSize: 8))

  /// An operation that no backend knows.
  private struct Unheard: Operation {
    static let name = "unheard"
  }

  /// A forward pass that ends in an operation on its output.
  private static func ending(in operation: any Operation) -> ForwardPass {
    let whole = ForwardPass(network)
    var graph = whole.graph
    let end = graph.declare("end", Shape(4))
    graph.append(operation, [whole.output, whole.output], to: end)
    return ForwardPass(graph, output: end)
  }

  @Test("an operation with no derivative is named", arguments: ["relu_gate", "softmax_cross_entropy"])
  func noDerivative(name: String) throws {
    let operation: any Operation = name == "relu_gate" ? ReLUGate() : SoftmaxCrossEntropy()
    let forward = Self.ending(in: operation)
    let error = #expect(throws: GraphError.self) { try forward.training(masked: []) }
    #expect(error?.description.contains("\(name), the operation of end = \(name)(") == true)
    // A backend refuses it, too, before it trains anything.
    #expect(throws: GraphError.self) {
      try CPUBackend().makeModel(Self.specification, forward: forward)
    }
  }

  @Test("an operation that a backend does not have is named")
  func unheard() throws {
    let forward = Self.ending(in: Unheard())
    let error = #expect(throws: GraphError.self) {
      try Plan(forward.evaluation, specification: Self.specification, config: Self.config)
    }
    #expect(
      error?.description
        == "there are no kernels for unheard, the operation of end = unheard(layers.1, layers.1)")
    #expect(throws: GraphError.self) {
      let backend = try CPUBackend()
      var specification = Self.specification
      specification.trains = false
      let model = try backend.makeModel(specification, forward: forward)
      let image = HostImages(features: .bytes([UInt8](repeating: 1, count: 6)), labels: [0], size: 6)
      _ = try model.evaluate(on: backend.upload(image))
    }
  }

  @Test("an operation that the loss does not depend on contributes nothing to it")
  func deadEnd() throws {
    let whole = ForwardPass(Self.network)
    var graph = whole.graph
    let dead = graph.declare("dead", Shape(5))
    // The first layer's activations.
    graph.append(ReLU(), [try #require(graph.nodes[2].output)], to: dead)
    let training = try ForwardPass(graph, output: whole.output).training(masked: [])
    #expect(!training.nodes.contains { $0.operation is Add || $0.inputs.contains(dead) })
    #expect(training.nodes.count { $0.operation is OptimizerStep } == 2)
  }
}
