import Foundation
import GraphExec
import Pruning

/// How many units of each group a network keeps.
package struct UnitAllocation: Equatable, Sendable {
  /// Units left, by the groups' places in `UnitGroups`; those that are not named keep all.
  package let left: [Int: Int]

  /// The network of these units.
  package func network(of original: Network) -> Network {
    let groups = UnitGroups(original)
    return original.resized(
      units: groups.groups.indices.map { left[$0] ?? groups.groups[$0].count }, in: groups)
  }

  /// The sparsity of each group, by the layer that names it.
  func sparsities(_ groups: [UnitSensitivity.Group]) -> [String: Double] {
    Dictionary(
      uniqueKeysWithValues: groups.map { group in
        (group.layer, 1 - Double(left[group.place] ?? group.units) / Double(group.units))
      })
  }
}

/// What a candidate's networks cost before they are measured: multiply-adds, or entries where it is about bytes.
package struct AllocationCost: Sendable {
  let target: ShrinkTarget

  package init(target: ShrinkTarget) { self.target = target }

  package func callAsFunction(_ network: Network) -> Double {
    Double(target == .size ? network.parameterCount : network.macs)
  }
}

extension UnitAllocation {
  /// By sensitivity: each group goes as far as costs the same loss when it goes alone, the least such loss by which no more
  /// than `share` of the cost is left; nil where the groups have no more to give.
  package static func bySensitivity(
    _ sensitivity: UnitSensitivity, of network: Network, share: Double, cost: AllocationCost
  ) -> UnitAllocation? {
    // Losses from a millionth to more than any network has, in equal ratios.
    largest(share: share, of: network, cost: cost, steps: 1000) { step in
      bearing(1e-6 * pow(10, 9 * Double(step) / 1000), sensitivity)
    }
  }

  /// As few units of each group as cost no more than a loss when it goes alone.
  package static func bearing(_ loss: Double, _ sensitivity: UnitSensitivity) -> UnitAllocation {
    UnitAllocation(
      left: Dictionary(
        uniqueKeysWithValues: sensitivity.groups.map { ($0.place, $0.unitsLeft(bearing: loss)) }))
  }

  /// The same share of each group's units.
  package static func uniform(
    _ groups: [UnitSensitivity.Group], of network: Network, share: Double, cost: AllocationCost
  )
    -> UnitAllocation?
  {
    largest(share: share, of: network, cost: cost, steps: 1000) { step in
      UnitAllocation(
        left: Dictionary(
          uniqueKeysWithValues: groups.map { group in
            (
              group.place,
              max(1, group.units - PruneCount.count(sparsity: Double(step) / 1000, of: group.units))
            )
          }))
    }
  }

  /// The units of all groups ranked together: what a global criterion leaves of each.
  ///
  /// - Parameter model: whose ranking is global, with the state and gradients that it needs loaded by `prepare`.
  static func global(
    _ groups: [UnitSensitivity.Group], share: Double, cost: AllocationCost, model: any Model,
    prepare: () throws -> Void
  ) throws -> UnitAllocation? {
    let network = model.specification.network
    let units = groups.reduce(0) { $0 + $1.units }
    return try largest(share: share, of: network, cost: cost, steps: units) { count in
      try prepare()
      try model.enqueuePruning(
        PruningEvent(groups.map(\.weight), unit: .neuron, count: count, minimumSurvivors: 1))
      let kept = Compaction(network: network, masks: try model.state().masks).kept
      return UnitAllocation(
        left: Dictionary(uniqueKeysWithValues: groups.map { ($0.place, kept[$0.place].count) }))
    }
  }

  /// The allocation of the smallest step that costs no more than the share; nil where none does.
  private static func largest(
    share: Double, of network: Network, cost: AllocationCost, steps: Int,
    _ allocation: (Int) throws -> UnitAllocation
  ) rethrows -> UnitAllocation? {
    func filled(_ step: Int) throws -> UnitAllocation {
      let own = try allocation(step)
      return cost.target == .size ? own : own.filled(network)
    }
    let aim = cost(network) * share
    var (low, high) = (0, steps)
    guard cost(try filled(high).network(of: network)) <= aim else { return nil }
    while high - low > 1 {
      let middle = (low + high) / 2
      if cost(try filled(middle).network(of: network)) <= aim { high = middle } else { low = middle }
    }
    return try filled(high)
  }

  /// Channels of a register tile where those of a convolution end, on CPUs: three of them take as long as four.
  private static let tileChannels = 4

  /// With as many more filters of each convolution as take no more time.
  private func filled(_ network: Network) -> UnitAllocation {
    let groups = UnitGroups(network)
    let filters = Set(
      network.layers.indices.filter { network.layers[$0].operation is Conv2D }.map { groups.ofLayer[$0] })
    return UnitAllocation(
      left: Dictionary(
        uniqueKeysWithValues: left.map { place, count in
          let whole = (count + Self.tileChannels - 1) / Self.tileChannels * Self.tileChannels
          return (place, filters.contains(place) ? min(groups.groups[place].count, whole) : count)
        }))
  }
}
