import GraphExec
import Pruning
import Testing

/// Exactly how many candidates a sparsity removes.
@Suite struct PruneCountTests {
  @Test(
    "to the nearest, ties to even",
    arguments: [
      (0.0, 100, 0), (1.0, 100, 100), (0.5, 5, 2), (0.5, 7, 4), (0.25, 10, 2), (0.35, 10, 4),
      (0.999, 784_000, 783_216),
      (0.9, 10, 9), (0.001, 10, 0),
    ])
  func counts(sparsity: Double, candidates: Int, expected: Int) {
    #expect(PruneCount.count(sparsity: sparsity, of: candidates) == expected)
  }

  private func survivors(_ policy: PruningPolicy, of network: Network) -> [Int] {
    let events = policy.events(beforeStep: 0, of: network)
    return policy.survivors(
      of: network, pruning: Dictionary(uniqueKeysWithValues: events.map { ($0.weights[0], $0.count) })
    ) { _ in [] }
  }

  @Test("rounds bring the density down by the same factor each, and end with what one round prunes")
  func rounds() {
    let network = Network(layers: [10, 10, 10])
    var policy = PruningPolicy(unit: .weight, schedule: .constant(0.9375))
    func counts(_ rounds: Int, step: Int = 0) -> [[Int]] {
      policy.rounds(rounds, beforeStep: step, of: network).map { $0.map(\.count) }
    }
    // Densities of 1/2, 1/4, 1/8 and 1/16; ties to even.
    #expect(counts(4) == [[50], [75], [88], [94]])
    #expect(counts(1) == [[94]])
    #expect(counts(4, step: 1) == [])
    // Growing sparsity comes in rounds anyway.
    policy.schedule = .polynomial(initial: 0, target: 0.5, begin: 0, end: 4, frequency: 2)
    #expect(counts(4, step: 2).count == 1)
    #expect(counts(4, step: 3) == [])
    policy.schedule = .none
    #expect(counts(4) == [])
  }

  @Test("the output layer is spared unless the policy says so")
  func policy() {
    let network = Network(layers: [784, 1000, 10])
    var policy = PruningPolicy(unit: .weight, schedule: .constant(0.9))
    #expect(policy.events(beforeStep: 0, of: network).map(\.weights) == [[ParameterID(0)]])
    #expect(policy.events(beforeStep: 0, of: network).map(\.count) == [705_600])
    policy.layers.prunesOutput = true
    #expect(policy.events(beforeStep: 0, of: network).map(\.count) == [705_600, 9000])
    policy.unit = .neuron
    #expect(policy.events(beforeStep: 0, of: network).map(\.count) == [900, 9])
    #expect(survivors(policy, of: network) == [784 * 100, 1000])
    policy.schedule = .none
    #expect(policy.events(beforeStep: 0, of: network) == [])
    policy.schedule = .constant(0.9)
    #expect(policy.events(beforeStep: 1, of: network) == [])
  }

  @Test("units that an addition ties together are pruned once, with their biases and batch norms")
  func groups() throws {
    typealias Layer = Network.Layer
    let network = try Network(
      input: Shape(2, 4, 4),
      layers: [
        Layer("a", Conv2D(outputs: 8, kernel: 3, padding: 1, bias: true)), Layer("a.norm", BatchNorm()),
        Layer("b", Conv2D(outputs: 6, kernel: 1)), Layer("c", Conv2D(outputs: 8, kernel: 1)),
        Layer("sum", Add(), inputs: ["c", "a.norm"]), Layer("pool", GlobalAveragePool()),
        Layer("d", Linear(outputs: 4, bias: true)),
      ])
    let names = network.parameters.map(\.name)
    var policy = PruningPolicy(unit: .neuron, schedule: .constant(0.5))
    let events = policy.events(beforeStep: 0, of: network)
    #expect(events.map { names[$0.weights[0].index] } == ["a.weight", "b.weight"])
    #expect(events.map(\.count) == [4, 3])
    let survivors = Dictionary(uniqueKeysWithValues: zip(names, survivors(policy, of: network)))
    #expect(survivors["a.weight"] == 18 * 4 && survivors["a.bias"] == 4 && survivors["a.norm.variance"] == 4)
    #expect(survivors["b.weight"] == 8 * 3 && survivors["c.weight"] == 6 * 4)
    #expect(survivors["d.weight"] == 32 && survivors["d.bias"] == 4)
    policy.layers.prunesOutput = true
    #expect(policy.events(beforeStep: 0, of: network).map(\.count) == [4, 3, 2])
  }
}

/// When sparsity changes.
@Suite struct SparsityScheduleTests {
  @Test("constant: once, before the first step")
  func constant() {
    let schedule = SparsitySchedule.constant(0.8)
    #expect(schedule.sparsity(beforeStep: 0) == 0.8)
    #expect(schedule.sparsity(beforeStep: 1) == nil && schedule.sparsity(beforeStep: 1000) == nil)
    #expect(SparsitySchedule.constant(0).sparsity(beforeStep: 0) == nil)
    #expect(SparsitySchedule.none.sparsity(beforeStep: 0) == nil)
    #expect(schedule.settledStep <= 1)
  }

  @Test("polynomial: cubic between its ends, every so many steps, and exactly the target at the end")
  func polynomial() throws {
    let schedule = SparsitySchedule.polynomial(initial: 0.2, target: 0.9, begin: 10, end: 110, frequency: 30)
    #expect(schedule.sparsity(beforeStep: 9) == nil)
    let steps = (0...200).filter { schedule.sparsity(beforeStep: $0) != nil }
    #expect(steps == [10, 40, 70, 100, 110])
    let values = steps.compactMap { schedule.sparsity(beforeStep: $0) }
    #expect(abs(values[0] - 0.2) < 1e-12)
    #expect(values.last == 0.9)
    #expect(values == values.sorted())
    // s = target + (initial - target) (1 - t)^3
    #expect(abs(values[1] - (0.9 - 0.7 * 0.7 * 0.7 * 0.7)) < 1e-12)
  }
}

extension SparsityScheduleTests {
  @Test("polynomial: where begin and end fall on the same step, that step prunes to the target")
  func oneStep() {
    let schedule = SparsitySchedule.polynomial(initial: 0, target: 0.9, begin: 7, end: 7, frequency: 100)
    #expect((0...20).filter { schedule.sparsity(beforeStep: $0) != nil } == [7])
    #expect(schedule.sparsity(beforeStep: 7) == 0.9)
    #expect(schedule.target == 0.9)
  }
}

/// What masks leave of a network.
@Suite struct SurvivorsTests {
  @Test("entries, ratios, and layers with no live unit")
  func survivors() {
    let network = Network(layers: [10, 20, 5])
    func count(_ survivors: Int, _ live: Int) -> LayerCount {
      LayerCount(survivors: survivors, revived: 0, notFinite: 0, liveColumns: live)
    }
    let survivors = Survivors(network: network, counts: [count(50, 12), count(25, 5)], masks: nil)
    #expect(survivors.params == 300 && survivors.nnz == 75)
    #expect(survivors.compressionRatio == 4 && survivors.theoreticalSpeedup == 1)
    #expect(survivors.collapsed.isEmpty)
    #expect(
      Survivors(network: network, counts: [count(0, 0), count(25, 5)], masks: nil).collapsed
        == [ParameterID(0)])
  }

  @Test("what reads a dead unit, or leads to one, is not multiplied, though it survives")
  func multiplied() {
    let network = Network(layers: [3, 4, 2])
    // Unit 0 has no way in, unit 1 no way out.
    let first: [UInt8] = [0, 1, 1, 1, 0, 1, 1, 0, 0, 1, 0, 1]
    let second: [UInt8] = [1, 1, 0, 0, 1, 0, 1, 1]
    let counts = [first, second].map { mask in
      LayerCount(survivors: mask.count { $0 != 0 }, revived: 0, notFinite: 0, liveColumns: 4)
    }
    let survivors = Survivors(network: network, counts: counts, masks: [first, second])
    #expect(survivors.nnz == 12 && survivors.survivingMacs == 4 + 3)
    #expect(survivors.theoreticalSpeedup == 20.0 / 7)
  }
}
