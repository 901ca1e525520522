import GraphExec

/// What a run prunes and when: unit, schedule, and which weights.
public struct PruningPolicy: Sendable, Equatable {
  /// Entries or units.
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

  /// How many candidates are pruned in all: entries of a weight, or units of a group.
  public struct Event: Sendable, Equatable {
    /// The weight; of a group of units the first one.
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
      guard unit == .neuron else {
        survivors[event.weight.index] -= event.count
        continue
      }
      let owners = network.units(of: event.weight)
      for owned in owners.weights + owners.others {
        survivors[owned.parameter.index] -= event.count * owned.span * network[owned.parameter].rows
      }
    }
    return survivors
  }

  /// The pruning events that bring each prunable weight, or each group of units, to `sparsity`.
  ///
  /// Units of the images' group are never pruned; those of the classes are with the output layer only.
  public func events(sparsity: Double, of network: Network) -> [Event] {
    func event(_ weight: ParameterID, _ candidates: Int) -> Event {
      Event(weight: weight, count: PruneCount.count(sparsity: sparsity, of: candidates))
    }
    guard unit == .neuron else {
      let weights = prunesOutputLayer ? network.weights : network.weights.dropLast()
      return weights.map { event($0, network[$0].count) }
    }
    return network.unitOwners.filter { owners in
      !owners.isFixed || (prunesOutputLayer && network.weights.last.map(owners.owns) ?? false)
    }.map { event($0.weights[0].parameter, $0.units) }
  }
}

extension Model {
  /// Enqueues pruning events of a policy.
  public func enqueue(_ events: [PruningPolicy.Event], unit: PruningUnit) throws {
    for event in events { try enqueuePruning(event.weight, unit: unit, count: event.count) }
  }
}
