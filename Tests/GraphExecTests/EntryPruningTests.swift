import Device
import GraphExec
import TestSupport
import Testing

/// Protects pruning of weights that are in CSR already: what goes is what goes of masked ones, to the bit, and what stays keeps
/// its value and its moments.
@Suite(.serialized, .needs(.openCL))
struct EntryPruningTests {
  private static let network = Network(layers: [37, 70, 33, 10])
  private static let specification: ModelSpecification = {
    var specification = ModelSpecification(network: network, batchSize: 32, masked: true)
    specification.seed = 5
    return specification
  }()

  private static func expectSame(_ a: ModelState, _ b: ModelState) {
    #expect(a.masks == b.masks && a.step == b.step)
    for (own, other) in zip(a.parameters, b.parameters) {
      for (x, y) in zip([own.value] + own.slots, [other.value] + other.slots) {
        #expect(x.values.map(\.bitPattern) == y.values.map(\.bitPattern))
      }
    }
  }

  @Test(
    "pruned further, by each structure and scope, as a masked network is",
    arguments: KernelConfig.Family.allCases, [PruningUnit.weight, .block(rows: 4, columns: 2)])
  func prunedAlike(family: KernelConfig.Family, unit: PruningUnit) throws {
    for criterion in [Magnitude(), Movement()] as [any Criterion] {
      try prunedAlike(family, unit, Ranking(criterion))
    }
  }

  private func prunedAlike(_ family: KernelConfig.Family, _ unit: PruningUnit, _ ranking: Ranking) throws {
    let backend = try TestDevice.backend(family)
    let (network, weights) = (Self.network, Self.network.weights)
    let set = try backend.upload(TestSet.images(count: 100, size: 37, seed: 5))
    var specification = Self.specification
    specification.ranking = ranking
    let masked = try backend.makeModel(specification)
    var fresh = ModelState.fresh(network)
    // Few values, so that there are ties.
    for weight in weights {
      fresh[weight].value.values = fresh[weight].value.values.map { ($0 * 8).rounded() / 8 }
    }
    try masked.load(fresh)
    _ = try masked.trainEpoch(on: set, order: TestSet.order(100, seed: 3))
    func candidates(_ weight: ParameterID) -> Int {
      unit.grid(rows: network[weight].rows, columns: network[weight].columns).count
    }
    for weight in weights.prefix(2) {
      try masked.enqueuePruning(PruningEvent(weight, unit: unit, count: candidates(weight) / 3))
    }
    specification.prunes = unit
    let start = try masked.state()
    for weight in weights.prefix(2) {
      specification.formats[weight.index] = .sparse(
        SparsePattern(
          mask: start[weight].mask, rows: network[weight].rows, columns: network[weight].columns))
    }
    let sparse = try backend.makeModel(specification)
    try sparse.load(start)
    let (one, two) = (candidates(weights[0]), candidates(weights[1]))
    let events = [
      [PruningEvent(weights[0], unit: unit, count: one / 2)],
      // Without a look at what is left in between; the third weight is masked in both.
      [
        PruningEvent(weights[1], unit: unit, count: two / 2),
        PruningEvent(weights[1], unit: unit, count: two * 2 / 3),
      ],
      [PruningEvent(weights, unit: unit, count: (one + two) * 3 / 4, minimumSurvivors: 3)],
      [PruningEvent(weights[0], unit: unit, count: one)],
    ]
    for events in events {
      for event in events {
        try masked.enqueuePruning(event)
        try sparse.enqueuePruning(event)
      }
      Self.expectSame(try sparse.state(), try masked.state())
      #expect(try sparse.outputs(of: set) == masked.outputs(of: set))
      #expect(try sparse.counts() == masked.counts())
    }
  }

  @Test(
    "what is left goes on training as the same network made anew", arguments: KernelConfig.Family.allCases)
  func trainsOn(family: KernelConfig.Family) throws {
    let backend = try TestDevice.backend(family)
    let network = Self.network
    let set = try backend.upload(TestSet.images(count: 100, size: 37, seed: 5))
    var state = ModelState.fresh(network)
    for weight in network.weights {
      for place in state[weight].mask.indices where place % 3 == 0 {
        state[weight].mask[place] = 0
        state[weight].value.values[place] = 0
      }
    }
    func model(_ state: ModelState) throws -> any Model {
      var specification = Self.specification
      specification.prunes = .weight
      specification.formats = network.weights.map { weight in
        .sparse(
          SparsePattern(
            mask: state[weight].mask, rows: network[weight].rows, columns: network[weight].columns))
      }
      let model = try backend.makeModel(specification)
      try model.load(state)
      return model
    }
    let pruned = try model(state)
    _ = try pruned.trainEpoch(on: set, order: TestSet.order(100, seed: 3)) { step in
      if step == 2 { try pruned.enqueuePruning(PruningEvent(network.weights[1], unit: .weight, count: 1800)) }
      return .update
    }
    let anew = try model(pruned.state())
    for model in [pruned, anew] { _ = try model.trainEpoch(on: set, order: TestSet.order(100, seed: 4)) }
    Self.expectSame(try pruned.state(), try anew.state())
  }
}
