import Device
import GraphExec
import Pruning
import Reference
import TestSupport
import Testing

/// Pruning chooses the same entries on every backend, to the bit, and what is pruned stays so.
@Suite(.serialized) struct MaskTests {
  private static let network = Network(layers: [61, 47, 33, 10])

  /// Weights with many equal magnitudes, of both signs, and zeros.
  private static var tied: ModelState {
    var state = ModelState.fresh(network)
    for layer in state.parameters.indices {
      state.parameters[layer].value.values = state.parameters[layer].value.values.map {
        ($0 * 8).rounded() / 8
      }
    }
    // Equal columns, too.
    for row in 0..<47 {
      for column in 1..<9 { state.parameters[1].value[row, column] = state.parameters[1].value[row, 0] }
    }
    return state
  }

  @Test(
    "masks are bit-exact across backends, ties included",
    arguments: [PruningUnit.weight, .neuron, .block(rows: 3, columns: 2)],
    [0, 0.001, 0.25, 0.5, 0.9, 0.999, 1])
  func masksAgree(unit: PruningUnit, sparsity: Double) throws {
    let specification = ModelSpecification(network: Self.network, batchSize: 16, masked: true)
    let policy = PruningPolicy(
      unit: unit, schedule: .constant(sparsity), layers: LayerChoice(prunesOutput: true), minimumSurvivors: 0)
    for start in [ModelState.fresh(Self.network), Self.tied] {
      let states = try TestDevice.backends().map { backend in
        let model = try backend.makeModel(specification)
        try model.load(start)
        try model.enqueue(policy.events(sparsity: sparsity, of: Self.network))
        let state = try model.state()
        for (layer, count) in try model.counts().enumerated() {
          let (inputs, outputs) = (
            Self.network.parameters[layer].rows, Self.network.parameters[layer].columns
          )
          let grid = unit.grid(rows: inputs, columns: outputs)
          let pruned = (0..<grid.count).filter {
            grid.entries(of: $0).allSatisfy { state.masks[layer][$0] == 0 }
          }
          #expect(pruned.count == PruneCount.count(sparsity: sparsity, of: grid.count))
          #expect(count.survivors == inputs * outputs - pruned.reduce(0) { $0 + grid.entries(of: $1).count })
          #expect(count.revived == 0 && count.notFinite == 0)
          #expect(state.masks[layer].count { $0 == 0 } == inputs * outputs - count.survivors)
        }
        return state
      }
      for state in states { #expect(state == states[0]) }
    }
  }

  @Test(
    "ranking before every step gives the mask and the bits of ranking once",
    .needs(.openCL),
    arguments: KernelConfig.Family.allCases, [PruningUnit.weight, .neuron, .block(rows: 3, columns: 2)])
  func constantScheduleSettles(family: KernelConfig.Family, unit: PruningUnit) throws {
    let backend = try TestDevice.backend(family)
    let specification = ModelSpecification(network: Self.network, batchSize: 16, masked: true)
    let set = try backend.upload(TestSet.images(count: 120, size: 61, seed: 5))
    let policy = PruningPolicy(unit: unit, schedule: .constant(0.7))
    let events = policy.events(sparsity: 0.7, of: Self.network)
    let states = try [true, false].map { everyStep in
      let model = try backend.makeModel(specification)
      try model.load(.fresh(Self.network))
      for epoch in 0..<3 {
        _ = try model.trainEpoch(on: set, order: TestSet.order(120, seed: UInt64(epoch))) { step in
          if everyStep || (epoch == 0 && step == 0) { try model.enqueue(events) }
          return .update
        }
      }
      return try model.state()
    }
    #expect(states[0] == states[1])
  }

  @Test(
    "a mask guards weights and moments", .needs(.openCL),
    arguments: KernelConfig.Family.allCases)
  func prunedEntriesStayZero(family: KernelConfig.Family) throws {
    let backend = try TestDevice.backend(family)
    let model = try backend.makeModel(
      ModelSpecification(network: Self.network, batchSize: 16, masked: true))
    let set = try backend.upload(TestSet.images(count: 120, size: 61, seed: 5))
    try model.load(.fresh(Self.network))
    // Trained first, so that the moments are not zero when the mask falls.
    _ = try model.trainEpoch(on: set, order: TestSet.order(120, seed: 1))
    for layer in 0..<3 {
      try model.enqueuePruning(PruningEvent(ParameterID(layer), unit: .weight, count: 200))
    }
    _ = try model.trainEpoch(on: set, order: TestSet.order(120, seed: 2))
    let state = try model.state()
    for layer in 0..<3 {
      for index in state.masks[layer].indices where state.masks[layer][index] == 0 {
        // Exactly +0: the bits of a pruned entry are part of a checkpoint.
        #expect(state.parameters[layer].value.values[index].bitPattern == 0)
        #expect(state.parameters[layer].slots[0].values[index].bitPattern == 0)
        #expect(state.parameters[layer].slots[1].values[index].bitPattern == 0)
      }
      #expect(state.masks[layer].count { $0 == 0 } == 200)
    }
  }

  @Test("a revived entry and a lost weight are counted")
  func faultsAreCounted() throws {
    for backend in try TestDevice.backends() {
      let model = try backend.makeModel(
        ModelSpecification(network: Self.network, batchSize: 16, masked: true))
      var state = ModelState.fresh(Self.network)
      state.parameters[1].mask[5] = 0
      state.parameters[2].value.values[7] = .nan
      state.parameters[2].value.values[8] = -.infinity
      try model.load(state)
      let counts = try model.counts()
      #expect(counts.map(\.revived) == [0, 1, 0])
      #expect(counts.map(\.notFinite) == [0, 0, 2])
      #expect(counts[1].survivors == 47 * 33 - 1 && counts[1].liveColumns == 33)
    }
  }
}
