import GraphExec
import Reference
import Testing

/// What a graph lacks is an error that names it: nothing is skipped, and no shape is made up.
@Suite struct GraphErrorTests {
  private static let network = Network(layers: [6, 5, 4])
  private static let specification = ModelSpecification(network: network, batchSize: 8, masked: false)
  private static let config = KernelConfig.cpu(CPUTiles.choose(width: 8, localMemory: 1 << 16, batchSize: 8))

  /// A forward pass that ends in an operation on its output.
  private static func ending(in operation: Graph.Operation, _ inputs: [String]) -> ForwardPass {
    var graph = ForwardPass(network).graph
    graph.declare("end", rows: 4, role: .activation)
    graph.append(operation, inputs, to: "end")
    return ForwardPass(graph, output: "end")
  }

  @Test("an operation with no derivative is named", arguments: ["reluGate", "softmaxCrossEntropy"])
  func unknownOperation(name: String) throws {
    let operation: Graph.Operation = name == "reluGate" ? .reluGate : .softmaxCrossEntropy
    let forward = Self.ending(in: operation, name == "reluGate" ? ["X1", "X2"] : ["X2"])
    let error = #expect(throws: GraphError.self) { try forward.training(masked: []) }
    #expect(error?.description.contains("\(name), the operation of end = \(name)(") == true)
    // A backend refuses it, too, before it trains anything.
    #expect(throws: GraphError.self) {
      try CPUBackend().makeModel(Self.specification, forward: forward)
    }
  }

  @Test("a plan names a tensor that nothing declares")
  func unknownTensor() throws {
    let forward = Self.ending(in: .add, ["X2", "Q7"])
    let error = #expect(throws: GraphError.self) {
      try Plan(forward.evaluation, specification: Self.specification, config: Self.config)
    }
    #expect(error?.description == "the graph has no tensor Q7")
  }

  @Test("a plan names a tensor that is taken for a weight")
  func noWeight() throws {
    let forward = Self.ending(in: .matmul, ["X1", "X2"])
    let error = #expect(throws: GraphError.self) {
      try Plan(forward.evaluation, specification: Self.specification, config: Self.config)
    }
    #expect(error?.description == "the tensor X1 is not of a weight")
  }

  @Test("an operation that the loss does not depend on contributes nothing to it")
  func deadEnd() throws {
    var graph = ForwardPass(Self.network).graph
    graph.declare("dead", rows: 5, role: .activation)
    graph.append(.relu, ["X1"], to: "dead")
    let training = try ForwardPass(graph, output: "X2").training(masked: [])
    #expect(!training.nodes.contains { $0.operation == .add || $0.inputs.contains("dead") })
    #expect(training.nodes.count { $0.operation == .adam } == 2)
  }
}
