import GraphExec
import TestSupport
import Testing

/// Protects what training adds up for pruning by movement: `-g w` of each step, in every format and beside every optimizer.
@Suite(.serialized) struct MovementTests {
  private static let network = Network(layers: [23, 37, 18, 10])

  /// A quarter of the weights is pruned.
  private static func start() -> ModelState {
    var state = ModelState.fresh(network)
    for weight in network.weights {
      for place in state[weight].mask.indices where place % 4 == 0 {
        state[weight].mask[place] = 0
        state[weight].value.values[place] = 0
      }
    }
    return state
  }

  private static func specification(_ format: String, _ state: ModelState) -> ModelSpecification {
    var specification = ModelSpecification(
      network: network, batchSize: 32,
      updates: UpdateRule(SGD(learningRate: 0.125)), masked: format == "masked")
    specification.ranking = Ranking(Movement())
    if format == "CSR" {
      specification.formats = network.weights.map { weight in
        .sparse(
          SparsePattern(
            mask: state[weight].mask, rows: network[weight].rows, columns: network[weight].columns))
      }
    }
    return specification
  }

  @Test(
    "it is the sum over the steps, by the weights as they were before each",
    arguments: ["dense", "masked", "CSR"])
  func sum(format: String) throws {
    let order = TestSet.order(100, seed: 3)
    for backend in try TestDevice.backends() where format != "CSR" || backend.executesSparse {
      let set = try backend.upload(TestSet.images(count: 100, size: 23, seed: 5))
      var state = format == "dense" ? ModelState.fresh(Self.network) : Self.start()
      let model = try backend.makeModel(Self.specification(format, state))
      try model.load(state)
      var expected = Self.network.weights.map { [Double](repeating: 0, count: Self.network[$0].count) }
      // Steps of plain gradient descent tell the gradients.
      for _ in 0..<3 {
        try model.beginEpoch(on: set, order: order)
        try model.enqueueStep()
        let next = try model.state()
        for (place, weight) in Self.network.weights.enumerated() {
          let (before, after) = (state[weight].value.values, next[weight].value.values)
          for index in before.indices {
            let gradient = (Double(before[index]) - Double(after[index])) / 0.125
            expected[place][index] -= gradient * Double(before[index])
          }
        }
        state = next
      }
      for (place, weight) in Self.network.weights.enumerated() {
        let movement = try #require(state[weight].slots.last)
        #expect(movement.values.contains { $0 > 0 } && movement.values.contains { $0 < 0 })
        for (own, double) in zip(movement.values, expected[place]) {
          #expect(abs(Double(own) - double) < 1e-5, "\(format), \(type(of: backend))")
        }
        #expect(zip(movement.values, state[weight].mask).allSatisfy { $1 == 1 || $0 == 0 })
      }
    }
  }

  @Test("a model adds it up where pruning ranks by it, and holds nothing of it elsewhere")
  func slots() throws {
    var specification = ModelSpecification(network: Self.network, batchSize: 32, masked: true)
    #expect(specification.optimizer.slots == ["first_moment", "second_moment"])
    specification.ranking = Ranking(Movement())
    #expect(specification.optimizer.slots == ["first_moment", "second_moment", "movement"])
    for backend in try TestDevice.backends() {
      let model = try backend.makeModel(specification)
      try model.load(.fresh(Self.network))
      #expect(try model.state().parameters.allSatisfy { $0.slots.count == 3 })
    }
  }
}
