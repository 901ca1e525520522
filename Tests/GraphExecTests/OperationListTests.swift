import GraphExec
import Reference
import Testing

/// Protects that an operation is added as a whole: what `LayerOperations` lists has all that belongs to it.
@Suite struct OperationListTests {
  /// Every operation of a step and of an evaluation of a network that has each of them.
  private static var nodes: [Graph.Node] {
    get throws {
      try GradientCase.all.flatMap { test in
        try test.forward.training(masked: [ParameterID(0)]).nodes + test.forward.evaluation.nodes
      }
    }
  }

  @Test("each operation has a case among those whose gradients are checked")
  func gradients() throws {
    let checked = Set(try Self.nodes.map { $0.operation.name })
    for operation in LayerOperations.all {
      #expect(checked.contains(operation.name), "no gradient of \(operation.name) is checked")
    }
    #expect(Set(LayerOperations.all.map { $0.name }).count == LayerOperations.all.count)
  }

  @Test("each operation has kernels for devices, for the CPU backend, and a truth")
  func implementations() throws {
    for node in try Self.nodes {
      #expect(node.operation is any DeviceOperation, "\(node.operation.name) has no lowering")
      #expect(CPUBackend.runs(node.operation), "the CPU backend has no \(node.operation.name)")
      if node.operation is any LayerOperation {
        #expect(node.operation is any TruthOperation, "\(node.operation.name) has no truth")
      }
    }
  }

  @Test("an operation comes back from the values of its options")
  func options() throws {
    for operation in try Self.nodes.compactMap({ $0.operation as? any LayerOperation }) {
      let type = type(of: operation)
      #expect(Set(operation.optionValues.values.keys) == Set(type.options.map(\.name)))
      #expect(type.init(operation.optionValues).optionValues == operation.optionValues)
    }
  }
}
