import Device
import GraphExec
import Pruning
import Reference
import TestSupport
import Testing

/// Protects that a unit is pruned with all that it owns: its columns in every weight of its group, its bias, its entries of
/// a batch norm. So nothing of it is left in what the network computes, and it can be removed for real.
@Suite(.serialized) struct UnitPruningTests {
  typealias Layer = Network.Layer

  /// Filters that an addition ties together, and a flattened channel that is as many features as it had pixels.
  private static func network() throws -> Network {
    try Network(
      input: Shape(2, 6, 6),
      layers: [
        Layer("a", Conv2D(outputs: 8, kernel: 3, padding: 1, bias: true)), Layer("a.norm", BatchNorm()),
        Layer("a.relu", ReLU()), Layer("b", Conv2D(outputs: 6, kernel: 3, padding: 1)),
        Layer("b.norm", BatchNorm()), Layer("b.relu", ReLU()), Layer("c", Conv2D(outputs: 8, kernel: 1)),
        Layer("sum", Add(), inputs: ["c", "a.relu"]), Layer("pool", MaxPool(PoolWindow(kernel: 2))),
        Layer("flat", Flatten()), Layer("d", Linear(outputs: 72, bias: true)),
        Layer("sum2", Add(), inputs: ["d", "flat"]), Layer("e", Linear(outputs: 20)), Layer("e.relu", ReLU()),
        Layer("f", Linear(outputs: 10, bias: true)),
      ])
  }

  @Test("all backends prune the same units, and these stay zero while the others learn")
  func agreement() throws {
    let network = try Self.network()
    let specification = ModelSpecification(network: network, batchSize: 16, masked: true)
    let policy = PruningPolicy(unit: .neuron, schedule: .constant(0.5))
    let events = policy.events(sparsity: 0.5, of: network)
    #expect(events.map(\.count) == [4, 3, 10])
    let images = TestSet.images(count: 40, size: network.inputs, seed: 5)
    let masks = try TestDevice.backends().map { backend in
      let model = try backend.makeModel(specification)
      try model.load(.fresh(network))
      let set = try backend.upload(images)
      // Statistics, biases and slots are not zero when the masks fall.
      _ = try model.trainEpoch(on: set, order: TestSet.order(40, seed: 1))
      try model.load(Self.rounded(try model.state()))
      try model.enqueue(events)
      let pruned = try model.state()
      _ = try model.trainEpoch(on: set, order: TestSet.order(40, seed: 2))
      let state = try model.state()
      #expect(state.masks == pruned.masks)
      let counts = try model.counts()
      #expect(counts.map(\.survivors) == Self.survivors(policy, of: network))
      #expect(counts.allSatisfy { $0.revived == 0 && $0.notFinite == 0 })
      for (parameter, mask) in zip(state.parameters, state.masks) {
        for matrix in [parameter.value] + parameter.slots {
          #expect(zip(matrix.values, mask).allSatisfy { $1 != 0 || $0.bitPattern == 0 })
        }
      }
      try Self.expectRemovable(state, network, policy)
      return state.masks
    }
    for own in masks { #expect(own == masks[0]) }
  }

  private static func survivors(_ policy: PruningPolicy, of network: Network) -> [Int] {
    let events = policy.events(sparsity: 0.5, of: network)
    return policy.survivors(
      of: network, pruning: Dictionary(uniqueKeysWithValues: events.map { ($0.weights[0], $0.count) })
    ) { _ in [] }
  }

  /// Backends sum in different orders; what is rounded ranks alike.
  private static func rounded(_ state: ModelState) -> ModelState {
    var state = state
    for index in state.parameters.indices {
      state.parameters[index].value.values = state.parameters[index].value.values.map {
        ($0 * 256).rounded() / 256
      }
    }
    return state
  }

  /// Every pruned unit is removed, and the outputs stay as they are.
  private static func expectRemovable(_ state: ModelState, _ network: Network, _ policy: PruningPolicy) throws
  {
    let compaction = Compaction(network: network, masks: state.masks)
    let survivors = survivors(policy, of: network)
    let small = compaction.compacted
    for weight in network.weights.dropLast() {
      #expect(small[weight].columns == survivors[weight.index] / network[weight].rows)
    }
    let images = TestSet.images(count: 5, size: network.inputs, seed: 9)
    let backend = try CPUBackend()
    func outputs(_ state: ModelState, _ network: Network) throws -> [Float] {
      var specification = ModelSpecification(network: network, batchSize: 5, masked: false)
      specification.trains = false
      let model = try backend.makeModel(specification)
      try model.load(state)
      return try model.outputs(of: backend.upload(images))
    }
    let (whole, removed) = (try outputs(state, network), try outputs(compaction.compact(state), small))
    let largest = whole.map(abs).max() ?? 0
    #expect(zip(whole, removed).allSatisfy { abs($0 - $1) <= 1e-5 * max(1, largest) })
  }
}
