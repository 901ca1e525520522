import GraphExec

/// What a run prunes and when: unit, schedule, and which weights.
public struct PruningPolicy: Sendable, Equatable {
  /// Entries or columns.
  public var unit: PruningUnit
  /// When, and how much.
  public var schedule: SparsitySchedule
  /// Whether the output layer is pruned, too.
  public var prunesOutputLayer: Bool

  /// Creates a policy.
  public init(unit: PruningUnit, schedule: SparsitySchedule, prunesOutputLayer: Bool = false) {
    self.unit = unit
    self.schedule = schedule
    self.prunesOutputLayer = prunesOutputLayer
  }

  /// How many candidates of a weight are pruned in all.
  public struct Event: Sendable, Equatable {
    /// The weight.
    public let weight: ParameterID
    /// Candidates pruned, those pruned before included.
    public let count: Int
  }

  /// The pruning events due before a step, none where the masks stay as they are.
  public func events(beforeStep step: Int, of network: Network) -> [Event] {
    guard let sparsity = schedule.sparsity(beforeStep: step) else { return [] }
    return events(sparsity: sparsity, of: network)
  }

  /// The entries that each parameter keeps once the schedule has ended.
  public func finalSurvivors(of network: Network) -> [Int] {
    var survivors = network.parameters.map(\.count)
    for event in events(sparsity: schedule.target, of: network) {
      survivors[event.weight.index] -=
        unit == .weight ? event.count : event.count * network[event.weight].rows
    }
    return survivors
  }

  /// The pruning events that bring each prunable weight to `sparsity`.
  public func events(sparsity: Double, of network: Network) -> [Event] {
    let weights = prunesOutputLayer ? network.weights : network.weights.dropLast()
    return weights.map { weight in
      let candidates = PruneCount.candidates(network[weight], unit: unit)
      return Event(weight: weight, count: PruneCount.count(sparsity: sparsity, of: candidates))
    }
  }
}

extension Model {
  /// Enqueues pruning events of a policy.
  public func enqueue(_ events: [PruningPolicy.Event], unit: PruningUnit) throws {
    for event in events { try enqueuePruning(event.weight, unit: unit, count: event.count) }
  }
}
