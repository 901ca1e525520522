import GraphExec
import Pruning
import Testing

/// Which layers are pruned, how far, and by which events.
@Suite struct LayerChoiceTests {
  private static let network = Network(layers: [100, 50, 40, 30, 10])

  private static func events(
    _ policy: PruningPolicy, _ sparsity: Double? = nil
  ) -> [[Int]] {
    policy.events(sparsity: sparsity ?? policy.schedule.target, of: network).map { event in
      event.weights.map(\.index) + [event.count]
    }
  }

  @Test("layers with numbers of their own, and layers that stay dense, under every scope")
  func named() {
    var policy = PruningPolicy(
      unit: .weight, schedule: .constant(0.5),
      layers: LayerChoice(dense: ["layers.1"], own: ["layers.2": 0.9]))
    #expect(Self.events(policy) == [[0, 2500], [2, 1080]])
    policy.layers.prunesOutput = true
    #expect(Self.events(policy) == [[0, 2500], [2, 1080], [3, 150]])
    policy.scope = GlobalScope()
    #expect(Self.events(policy) == [[0, 3, 2650], [2, 1080]])
    policy.scope = ErdosRenyiScope()
    let erk = Self.events(policy)
    #expect(erk.map { $0[0] } == [0, 2, 3] && erk[1] == [2, 1080] && erk[0][1] + erk[2][1] == 2650)
    policy.unit = .neuron
    policy.scope = LayerScope()
    #expect(Self.events(policy) == [[0, 25], [2, 27], [3, 5]])
    // The output layer alone is left.
    policy.layers = LayerChoice(dense: ["layers.0", "layers.1", "layers.2"])
    #expect(Self.events(policy) == [])
  }

  @Test("a layer with its own number is as far on its way as the schedule is, and arrives with it")
  func schedule() {
    let schedule = SparsitySchedule.polynomial(initial: 0, target: 0.8, begin: 0, end: 100, frequency: 10)
    for kind in Scopes.all {
      let policy = PruningPolicy(
        unit: .weight, schedule: schedule, scope: kind.init(), layers: LayerChoice(own: ["layers.2": 0.4]))
      let own = (0...100).compactMap { step in
        policy.events(beforeStep: step, of: Self.network).first { $0.weights == [ParameterID(2)] }?.count
      }
      #expect(own.count == 10 && own == own.sorted() && own.last == 480, "\(kind.name)")
      #expect(own[0] == PruneCount.count(sparsity: 0.4 * (1 - 0.9 * 0.9 * 0.9), of: 1200))
    }
  }

  @Test("no scope empties a layer, unless it may", arguments: [PruningUnit.weight, .neuron])
  func minimum(unit: PruningUnit) {
    for kind in Scopes.all {
      var policy = PruningPolicy(unit: unit, schedule: .constant(0.9999), scope: kind.init())
      let sizes = unit == .weight ? [5000, 2000, 1200] : [50, 40, 30]
      let events = policy.events(beforeStep: 0, of: Self.network)
      #expect(events.allSatisfy { $0.minimumSurvivors == 1 })
      let pruned = events.reduce(0) { sum, event in
        sum + event.count(of: event.weights.map { sizes[$0.index] })
      }
      #expect(pruned == (unit == .weight && kind.isGlobal ? 8197 : sizes.reduce(0, +) - 3), "\(kind.name)")
      policy.minimumSurvivors = 0
      policy.schedule = .constant(1)
      let all = policy.events(beforeStep: 0, of: Self.network)
      #expect(all.reduce(0) { $0 + $1.count } == sizes.reduce(0, +))
    }
  }
}
