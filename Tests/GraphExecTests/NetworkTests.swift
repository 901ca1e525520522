import GraphExec
import Pruning
import Reference
import TestSupport
import Testing

/// Protects that a network is what its layers say: names, shapes and readers fit, or the layer and the sizes are named.
@Suite struct NetworkTests {
  private static func layers(_ layers: Network.Layer...) -> [Network.Layer] { layers }

  @Test(
    "layers that do not form a network are refused, with the layer's name",
    arguments: [
      (layers(), "there is no layer"),
      (
        layers(Network.Layer("a", Linear(outputs: 3)), Network.Layer("a", ReLU())),
        "layer a: the name is there twice; each layer needs one of its own"
      ),
      (
        layers(Network.Layer("a", Linear(outputs: 3)), Network.Layer("b", ReLU(), inputs: ["c"])),
        "layer b: reads c, which is no layer before it"
      ),
      (
        // A cycle is a layer that reads one after it.
        layers(Network.Layer("a", Add(), inputs: ["images", "b"]), Network.Layer("b", ReLU())),
        "layer a: reads b, which is no layer before it"
      ),
      (
        layers(
          Network.Layer("a", Linear(outputs: 3)), Network.Layer("b", Linear(outputs: 4)),
          Network.Layer("sum", Add(), inputs: ["a", "b"])),
        "layer sum: add adds tensors of one shape, not 3 and 4"
      ),
      (
        layers(
          Network.Layer("a", Linear(outputs: 3)), Network.Layer("b", ReLU()),
          Network.Layer("c", Linear(outputs: 4), inputs: ["a"])),
        "layer b: nothing reads its output; only the last layer is the network's output"
      ),
      (
        layers(Network.Layer("a", Add(), inputs: ["images"])), "layer a: add takes 2 inputs, not 1"
      ),
    ])
  func refused(layers: [Network.Layer], message: String) {
    let error = #expect(throws: NetworkError.self) { try Network(input: Shape(5), layers: layers) }
    #expect(error?.description == message)
  }

  @Test("images with pixels need a flattening before a linear layer, and a flat output")
  func pixels() {
    let error = #expect(throws: NetworkError.self) {
      try Network(input: Shape(1, 4, 4), layers: [Network.Layer("a", Linear(outputs: 3))])
    }
    #expect(
      error?.description
        == "layer a: linear takes a flat tensor, not one of 1x4x4; put a flatten before it")
    let open = #expect(throws: NetworkError.self) {
      try Network(input: Shape(1, 4, 4), layers: [Network.Layer("a", ReLU())])
    }
    #expect(
      open?.description
        == "layer a: its output is 1x4x4, but the last layer's must be flat, a value for each class")
  }

  @Test(
    "windows that do not fit an image are refused, with the layer's name and the sizes",
    arguments: [
      (
        MaxPool(PoolWindow(kernel: 5)) as any LayerOperation,
        "layer p: max_pool has a kernel of 5x5, larger than an image of 2x4x3"
      ),
      (
        MaxPool(PoolWindow(kernel: 6, padding: 1)),
        "layer p: max_pool has a kernel of 6x6, larger than an image of 2x4x3 with a padding of 1"
      ),
      (
        AveragePool(PoolWindow(kernel: 3, padding: 2)),
        "layer p: average_pool has a padding of 2, more than half of its kernel of 3: some windows would be empty"
      ),
    ])
  func windows(operation: any LayerOperation, message: String) {
    let error = #expect(throws: NetworkError.self) {
      try Network(
        input: Shape(2, 4, 3), layers: [Network.Layer("p", operation), Network.Layer("flat", Flatten())])
    }
    #expect(error?.description == message)
  }

  @Test("a pooling's windows are those that fit whole, as PyTorch counts them")
  func windowCounts() throws {
    let shapes = try [
      PoolWindow(kernel: 2), PoolWindow(kernel: 3, stride: 2, padding: 1), PoolWindow(kernel: 2, stride: 3),
    ].map { try MaxPool($0).shape([Shape(5, 7, 8)]) }
    #expect(shapes == [Shape(5, 3, 4), Shape(5, 4, 4), Shape(5, 2, 3)])
  }

  @Test("the short form is a network like any other, and is recognised")
  func shortForm() throws {
    let network = Network(layers: [6, 5, 4], outputRelu: true)
    #expect(network.layers.map(\.name) == ["layers.0", "layers.0.relu", "layers.1", "layers.1.relu"])
    #expect(network.parameters.map(\.name) == ["layers.0.weight", "layers.1.weight"])
    #expect(network.parameters.map(\.label) == ["layer 1", "layer 2"])
    #expect(network.parameterCount == 50 && network.macs == 50)
    let form = try #require(network.perceptron)
    #expect(form.widths == [6, 5, 4] && form.outputRelu)
    #expect(try Self.residual().perceptron == nil)
    let parts = try network.cut(before: 2)
    #expect(parts.first.outputs == 5 && parts.second.inputs == 5 && parts.second.outputs == 4)
  }

  @Test("a network is cut where one output is all that goes on, by whatever name that is read")
  func cut() throws {
    let network = try Self.residual()
    let parts = try network.cut(before: 2)
    #expect(parts.first.layers.map(\.name) == ["a", "a.relu"])
    #expect(parts.second.sources == [[nil], [0], [1], [2, nil], [3], [4]])
    let error = #expect(throws: NetworkError.self) { try network.cut(before: 4) }
    #expect(error?.description == "layer sum: reads a.relu, so b.relu is not all that goes in")
  }

  private static func residual() throws -> Network {
    try Network(
      input: Shape(6),
      layers: [
        Network.Layer("a", Linear(outputs: 8)), Network.Layer("a.relu", ReLU()),
        Network.Layer("b", Linear(outputs: 5)), Network.Layer("b.relu", ReLU()),
        Network.Layer("c", Linear(outputs: 8)),
        Network.Layer("sum", Add(), inputs: ["c", "a.relu"]), Network.Layer("sum.relu", ReLU()),
        Network.Layer("d", Linear(outputs: 4)),
      ])
  }

  @Test("units that an addition ties together are one group")
  func groups() throws {
    let groups = UnitGroups(try Self.residual())
    #expect(groups.groups.map(\.count) == [6, 8, 5, 4])
    #expect(groups.groups.map(\.isFixed) == [true, false, false, true])
    #expect(groups.ofLayer == [1, 1, 2, 2, 1, 1, 1, 3])
  }

  @Test("tied units live while one of their layers is alive, and removing the others changes no output")
  func tiedUnits() throws {
    let network = try Self.residual()
    var state = ModelState.fresh(network)
    func prune(_ parameter: Int, columns: Set<Int>) {
      let width = network.parameters[parameter].columns
      for index in state.parameters[parameter].mask.indices where columns.contains(index % width) {
        state.parameters[parameter].mask[index] = 0
        state.parameters[parameter].value.values[index] = 0
      }
    }
    prune(0, columns: [0, 1, 2])
    prune(1, columns: [4])
    prune(2, columns: [0, 1, 7])
    let compaction = Compaction(network: network, masks: state.masks)
    // 0 and 1 are dead on both ways; 2 and 7 live on one.
    #expect(compaction.kept == [[0, 1, 2, 3, 4, 5], [2, 3, 4, 5, 6, 7], [0, 1, 2, 3], [0, 1, 2, 3]])
    #expect(compaction.compacted.widths == [6, 6, 4, 6, 4])
    let small = compaction.compact(state)
    #expect(compaction.expand(small, into: state) == state)
    let images = TestSet.images(count: 20, size: 6, classes: 4, seed: 3)
    for backend in try TestDevice.backends() {
      let set = try backend.upload(images)
      let outputs = try [(network, state), (compaction.compacted, small)].map { network, state in
        let model = try backend.makeModel(ModelSpecification(network: network, batchSize: 16, masked: true))
        try model.load(state)
        return try model.outputs(of: set)
      }
      for (a, b) in zip(outputs[0], outputs[1]) { #expect(abs(a - b) < 1e-5) }
    }
  }
}
