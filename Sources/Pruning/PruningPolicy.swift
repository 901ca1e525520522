import GraphExec

/// What a run prunes and when: unit, schedule, and which layers.
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

  /// How many candidates of a layer are pruned in all.
  public struct Event: Sendable, Equatable {
    /// The layer.
    public let layer: Int
    /// Candidates pruned, those pruned before included.
    public let count: Int
  }

  /// The pruning events due before a step, none where the masks stay as they are.
  public func events(beforeStep step: Int, of network: Network) -> [Event] {
    guard let sparsity = schedule.sparsity(beforeStep: step) else { return [] }
    return events(sparsity: sparsity, of: network)
  }

  /// The weights that each layer keeps once the schedule has ended.
  public func finalSurvivors(of network: Network) -> [Int] {
    var survivors = (0..<network.depth).map { layer in
      let (inputs, outputs) = network.shape(of: layer)
      return inputs * outputs
    }
    for event in events(sparsity: schedule.target, of: network) {
      survivors[event.layer] -=
        unit == .weight ? event.count : event.count * network.shape(of: event.layer).inputs
    }
    return survivors
  }

  /// The pruning events that bring each prunable layer to `sparsity`.
  public func events(sparsity: Double, of network: Network) -> [Event] {
    (0..<(prunesOutputLayer ? network.depth : network.depth - 1)).map { layer in
      let (inputs, outputs) = network.shape(of: layer)
      let candidates = PruneCount.candidates(inputs: inputs, outputs: outputs, unit: unit)
      return Event(layer: layer, count: PruneCount.count(sparsity: sparsity, of: candidates))
    }
  }
}

extension Model {
  /// Enqueues pruning events of a policy.
  public func enqueue(_ events: [PruningPolicy.Event], unit: PruningUnit) throws {
    for event in events { try enqueuePruning(layer: event.layer, unit: unit, count: event.count) }
  }
}
