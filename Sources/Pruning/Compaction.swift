import GraphExec

/// Which units of a pruned network are alive, and the smaller network that they make.
///
/// A unit is dead when no surviving entry leads to it from a live unit, or none leads from it to a live unit, followed
/// through the network in both directions: it lies on no path of surviving entries from an input to an output. A bias, or a
/// batch norm's entry, that survives is a beginning of paths, as an input is. So a dead unit's output is zero, or nothing
/// reads it, and removing it leaves the logits as they are, to the rounding of sums taken in another order.
///
/// ```swift
/// let state = try model.state()
/// let compaction = Compaction(network: network, masks: state.masks)
/// let small = try backend.makeModel(
///   ModelSpecification(network: compaction.compacted, batchSize: 64, updates: updates, masked: false))
/// try small.load(compaction.compact(state))
/// ```
///
/// Units that the network ties together are kept or removed together. Inputs and outputs are never removed: images and
/// labels stay as they are.
public struct Compaction: Sendable, Equatable {
  /// The original network.
  public let network: Network
  /// Its groups of units.
  public let groups: UnitGroups
  /// The units kept in each group, ascending.
  public let kept: [[Int]]

  /// Finds the live units.
  ///
  /// A group with no live unit keeps its first one, since a network needs one: it is as dead as the others.
  ///
  /// - Parameters:
  ///   - network: the original network.
  ///   - masks: 1 for a surviving entry, 0 for a pruned one; a mask per parameter, row-major, as in `ModelState`.
  public init(network: Network, masks: [[UInt8]]) {
    let paths = SurvivingPaths(network, masks: masks)
    self.network = network
    groups = paths.groups
    // A unit that an input reaches and that reaches an output stays both when all others are gone, so following the paths
    // in each direction once finds what repeated removal would.
    let live = paths.reading(paths.reached())
    kept = zip(paths.groups.groups, live).map { group, flags in
      let units = flags.indices.filter { group.isFixed || flags[$0] }
      return units.isEmpty ? [0] : units
    }
  }

  /// Takes the kept units from elsewhere, a file for instance.
  ///
  /// - Parameter kept: for each group its kept units, ascending, at least one; all inputs and outputs.
  package init(network: Network, kept: [[Int]]) {
    self.network = network
    groups = UnitGroups(network)
    precondition(kept.count == groups.groups.count, "a list of kept units per group")
    self.kept = kept
  }

  /// Keeps every unit.
  package init(keepingAll network: Network) {
    self.init(network: network, kept: UnitGroups(network).groups.map { Array(0..<$0.count) })
  }

  /// Whether a path of surviving weights leads from an input to an output; without one, the logits are the same for every
  /// image.
  public static func isConnected(_ network: Network, masks: [[UInt8]]) -> Bool {
    let paths = SurvivingPaths(network, masks: masks)
    return paths.reached(byWeightsAlone: true)[paths.groups.ofLayer[network.layers.count - 1]].contains(true)
  }

  /// The network of the kept units.
  public var compacted: Network { network.resized(units: kept.map(\.count), in: groups) }

  /// Whether every unit is kept.
  public var isIdentity: Bool { zip(kept, groups.groups).allSatisfy { $0.count == $1.count } }

  /// The rows and columns of a parameter that are kept.
  package func kept(of parameter: ParameterID) -> (rows: [Int], columns: [Int]) {
    let layer = network.layer(of: parameter)
    let shape = network[parameter]
    // Behind a flattening, a unit is several rows and columns; so it is several rows for the taps of a filter.
    let columns = spread(kept[groups.ofLayer[layer]], groups.span(of: shape.columns, in: layer))
    guard shape.isWeight else { return (Array(0..<shape.rows), columns) }
    let inputs = groups.ofInputs(of: layer)[0]
    return (spread(kept[inputs], shape.rows / groups.groups[inputs].count), columns)
  }

  private func spread(_ units: [Int], _ span: Int) -> [Int] {
    span == 1 ? units : units.flatMap { $0 * span..<($0 + 1) * span }
  }
}
