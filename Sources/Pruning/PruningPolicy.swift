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
  public struct Cut: Sendable, Equatable {
    /// The layer.
    public let layer: Int
    /// Candidates pruned, those pruned before included.
    public let count: Int
  }

  /// The cuts due before a step, none where the masks stay as they are.
  public func cuts(beforeStep step: Int, of network: Network) -> [Cut] {
    guard let sparsity = schedule.sparsity(beforeStep: step) else { return [] }
    return cuts(sparsity: sparsity, of: network)
  }

  /// The weights that each layer keeps once the schedule has ended.
  public func finalSurvivors(of network: Network) -> [Int] {
    var survivors = (0..<network.depth).map { layer in
      let (inputs, outputs) = network.shape(of: layer)
      return inputs * outputs
    }
    for cut in cuts(sparsity: schedule.target, of: network) {
      survivors[cut.layer] -= unit == .weight ? cut.count : cut.count * network.shape(of: cut.layer).inputs
    }
    return survivors
  }

  /// The cuts that bring each prunable layer to `sparsity`.
  public func cuts(sparsity: Double, of network: Network) -> [Cut] {
    (0..<(prunesOutputLayer ? network.depth : network.depth - 1)).map { layer in
      let (inputs, outputs) = network.shape(of: layer)
      let candidates = PruneCount.candidates(inputs: inputs, outputs: outputs, unit: unit)
      return Cut(layer: layer, count: PruneCount.count(sparsity: sparsity, of: candidates))
    }
  }
}

extension Model {
  /// Enqueues cuts of a policy.
  public func enqueue(_ cuts: [PruningPolicy.Cut], unit: PruningUnit) throws {
    for cut in cuts { try enqueuePruning(layer: cut.layer, unit: unit, count: cut.count) }
  }
}
