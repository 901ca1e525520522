import Foundation
import GraphExec

/// What a run prunes and when: unit, schedule, and how much of which layer.
///
/// Half of each hidden layer's units, before the first step:
///
/// ```swift
/// let policy = PruningPolicy(unit: .neuron, schedule: .constant(0.5))
/// let totals = try model.trainEpoch(on: set, order: order) { step in
///   try model.enqueue(policy.events(beforeStep: step, of: network))
///   return .update
/// }
/// ```
public struct PruningPolicy: Sendable {
  /// Entries or units.
  public var unit: PruningUnit
  /// When, and how much.
  public var schedule: SparsitySchedule
  /// How the schedule's sparsity is shared out among the layers.
  public var scope: any Scope
  /// Which layers are pruned, and which have a sparsity of their own.
  public var layers: LayerChoice
  /// So many candidates of each layer stay, whatever the sparsity; all where it has fewer.
  public var minimumSurvivors: Int

  /// Creates a policy.
  public init(
    unit: PruningUnit, schedule: SparsitySchedule, scope: any Scope = LayerScope(),
    layers: LayerChoice = LayerChoice(), minimumSurvivors: Int = 1
  ) {
    self.unit = unit
    self.schedule = schedule
    self.scope = scope
    self.layers = layers
    self.minimumSurvivors = minimumSurvivors
  }

  /// The pruning events due before a step, none where the masks stay as they are.
  public func events(beforeStep step: Int, of network: Network) -> [PruningEvent] {
    guard let sparsity = schedule.sparsity(beforeStep: step) else { return [] }
    return events(sparsity: sparsity, of: network)
  }

  /// The events due before a step, in rounds in which the density falls by the same factor each: `1 - (1 - s)^(i / rounds)` is
  /// the sparsity after round i on the way to s. A schedule that grows has one round at a time, being rounds itself.
  public func rounds(_ count: Int, beforeStep step: Int, of network: Network) -> [[PruningEvent]] {
    let events = events(beforeStep: step, of: network)
    guard !events.isEmpty, case .constant(let target) = schedule else {
      return events.isEmpty ? [] : [events]
    }
    let earlier = (1..<max(count, 1)).map { round in
      self.events(sparsity: 1 - pow(1 - target, Double(round) / Double(count)), of: network)
    }
    return earlier + [events]
  }

  /// The pruning events that bring the network to `sparsity`, in the order of the layers.
  ///
  /// A layer with a sparsity of its own is as far on the way to it as the others are to the schedule's target.
  public func events(sparsity: Double, of network: Network) -> [PruningEvent] {
    guard sparsity > 0 else { return [] }
    func event(_ layer: PrunableLayer, _ count: Int) -> PruningEvent {
      PruningEvent(layer.weight, unit: unit, count: count, minimumSurvivors: minimumSurvivors)
    }
    let (shared, own) = layers.candidates(of: network, unit)
    var events = own.map { layer, target in
      let due = sparsity < schedule.target ? target * sparsity / schedule.target : target
      let share = LayerScope().shares(due, of: [layer], minimum: minimumSurvivors)
      guard case .ofEach(let counts) = share else { preconditionFailure("a layer by itself") }
      return event(layer, counts[0])
    }
    if !shared.isEmpty {
      switch scope.shares(sparsity, of: shared, minimum: minimumSurvivors) {
      case .ofEach(let counts): events += zip(shared, counts).map(event)
      case .together(let count):
        events.append(
          PruningEvent(shared.map(\.weight), unit: unit, count: count, minimumSurvivors: minimumSurvivors))
      }
    }
    return events.sorted { $0.weights[0].index < $1.weights[0].index }
  }

  /// The entries that each parameter keeps when so many candidates are pruned of each weight, or of the group of units that it
  /// is the first one of.
  ///
  /// - Parameters:
  ///   - network: the whole one.
  ///   - counts: how many candidates go of each.
  ///   - mask: a weight's; where blocks are pruned their first entries tell which, as those at the ends are smaller.
  public func survivors(
    of network: Network, pruning counts: [ParameterID: Int], mask: (ParameterID) -> [UInt8]
  ) -> [Int] {
    var survivors = network.parameters.map(\.count)
    for (weight, count) in counts {
      guard unit.isNeuron else {
        let grid = unit.grid(rows: network[weight].rows, columns: network[weight].columns)
        if grid.count == network[weight].count {
          survivors[weight.index] -= count
        } else {
          let mask = mask(weight)
          let pruned = (0..<grid.count).filter { mask[grid.firstEntry(of: $0)] == 0 }
          survivors[weight.index] -= pruned.reduce(0) {
            $0 + grid.rows(of: $1).count * grid.columns(of: $1).count
          }
        }
        continue
      }
      let owners = network.units(of: weight)
      for owned in owners.weights + owners.others {
        survivors[owned.parameter.index] -= count * owned.span * network[owned.parameter].rows
      }
    }
    return survivors
  }
}

extension Model {
  /// Enqueues pruning events of a policy.
  public func enqueue(_ events: [PruningEvent]) throws {
    for event in events { try enqueuePruning(event) }
  }
}
