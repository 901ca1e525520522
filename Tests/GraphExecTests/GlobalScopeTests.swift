import GraphExec
import Pruning
import TestSupport
import Testing

/// Protects the ranking of candidates of several layers together: the same as a plain sort of all of them, to the bit, on
/// every backend.
@Suite(.serialized) struct GlobalScopeTests {
  /// Which candidates of each weight are pruned: what is pruned already first, then by `score`, weight, place; of each
  /// weight the best `minimum` stay.
  private static func slowly(
    _ count: Int, _ candidates: [[(isPruned: Bool, score: Float)]], keeping minimum: Int
  ) -> [[Bool]] {
    typealias Candidate = (isOld: Bool, score: Float, weight: Int, place: Int)
    func isBefore(_ a: Candidate, _ b: Candidate) -> Bool {
      if a.isOld != b.isOld { return a.isOld }
      if !a.isOld, a.score != b.score { return a.score < b.score }
      return (a.weight, a.place) < (b.weight, b.place)
    }
    let open = candidates.enumerated().flatMap { weight, own in
      own.enumerated().map { Candidate($1.isPruned, $1.score, weight, $0) }.sorted(by: isBefore)
        .dropLast(minimum)
    }
    var pruned = candidates.map { $0.map { _ in false } }
    for candidate in open.sorted(by: isBefore).prefix(count) {
      pruned[candidate.weight][candidate.place] = true
    }
    return pruned
  }

  /// A network of random widths, with weights that often tie, and of very different size by layer.
  private static func example(_ seed: UInt64) -> (network: Network, state: ModelState) {
    var random = SplitMix64(seed: seed, stream: 9)
    let widths = (0..<5).map { _ in Int.random(in: 3...40, using: &random) }
    let network = Network(layers: widths)
    var state = ModelState.fresh(network, seed: seed)
    for layer in state.parameters.indices {
      let scale = Float.random(in: 0.05...1, using: &random)
      state.parameters[layer].value.values = state.parameters[layer].value.values.map {
        ($0 * 16).rounded() / 16 * scale
      }
    }
    return (network, state)
  }

  private static func candidates(
    _ state: ModelState, _ network: Network, _ weights: [ParameterID], _ unit: PruningUnit
  ) -> [[(isPruned: Bool, score: Float)]] {
    weights.map { weight in
      let (own, columns) = (state[weight], network[weight].columns)
      guard unit == .neuron else {
        return own.value.values.indices.map { (own.mask[$0] == 0, own.value.values[$0].magnitude) }
      }
      return (0..<columns).map { unit in
        var squares: Float = 0
        for row in 0..<network[weight].rows {
          squares = squares.addingProduct(own.value[row, unit], own.value[row, unit])
        }
        return (own.mask[unit] == 0, squares * (1 / Float(network[weight].rows)))
      }
    }
  }

  @Test(
    "entries and units, ties included, by one event after another", arguments: [PruningUnit.weight, .neuron],
    [0, 1, 4])
  func likeASort(unit: PruningUnit, minimum: Int) throws {
    for seed in 1...6 as ClosedRange<UInt64> {
      let (network, start) = Self.example(seed)
      var specification = ModelSpecification(network: network, batchSize: 8, masked: true)
      specification.ranking = Ranking(Magnitude(), isGlobal: true)
      let policy = PruningPolicy(
        unit: unit, schedule: .constant(0.5), scope: GlobalScope(), minimumSurvivors: minimum)
      let models = try TestDevice.backends().map { try $0.makeModel(specification) }
      for model in models { try model.load(start) }
      for sparsity in [0.2, 0.5, 0.8, 0.97, 1] {
        let before = try models[0].state()
        let event = try #require(policy.events(sparsity: sparsity, of: network).first)
        let own = Self.candidates(before, network, event.weights, unit)
        let total = own.reduce(0) { $0 + $1.count }
        #expect(event.count == PruneCount.count(sparsity: sparsity, of: total))
        let expected = Self.slowly(event.count, own, keeping: minimum)
        for model in models {
          try model.enqueuePruning(event)
          let state = try model.state()
          for (weight, pruned) in zip(event.weights, expected) {
            let columns = network[weight].columns
            for (index, kept) in state[weight].mask.enumerated() {
              let isPruned = pruned[unit == .weight ? index : index % columns]
              guard (kept == 0) != isPruned else { continue }
              Issue.record("seed \(seed), sparsity \(sparsity), weight \(weight.index), entry \(index)")
              return
            }
            #expect(pruned.count { !$0 } >= min(minimum, pruned.count))
          }
          #expect(state == (try models[0].state()))
          #expect(state[ParameterID(3)].mask.allSatisfy { $0 != 0 }, "the output layer")
        }
      }
    }
  }

  @Test("a layer whose weights are all small would be emptied; it keeps its minimum, and the total is exact")
  func minimum() throws {
    let network = Network(layers: [30, 20, 16, 10])
    var start = ModelState.fresh(network)
    start.parameters[1].value.values = start.parameters[1].value.values.map { $0 / 1000 }
    for (minimum, kept) in [(0, 0), (1, 1), (50, 50), (500, 320)] {
      var specification = ModelSpecification(network: network, batchSize: 8, masked: true)
      specification.ranking = Ranking(Magnitude(), isGlobal: true)
      let policy = PruningPolicy(
        unit: .weight, schedule: .constant(0.6), scope: GlobalScope(), minimumSurvivors: minimum)
      for backend in try TestDevice.backends() {
        let model = try backend.makeModel(specification)
        try model.load(start)
        try model.enqueue(policy.events(beforeStep: 0, of: network))
        let counts = try model.counts().map(\.survivors)
        #expect(counts[1] == kept)
        #expect(counts[0] + counts[1] == max(920 - 552, minimum == 500 ? 820 : 0))
      }
    }
  }
}
