import GraphExec

/// Which layers of a network are pruned, and how far where that is not the scope's to say.
public struct LayerChoice: Sendable, Equatable {
  /// Whether the output layer is pruned, too.
  public var prunesOutput: Bool
  /// The layers that stay dense, by name.
  public var dense: Set<String>
  /// The layers with a sparsity of their own, by name: 0 to below 1.
  public var own: [String: Double]

  /// Creates a choice: all layers, or all but the output layer.
  public init(prunesOutput: Bool = false, dense: Set<String> = [], own: [String: Double] = [:]) {
    self.prunesOutput = prunesOutput
    self.dense = dense
    self.own = own
  }

  /// The layers that the scope shares a sparsity out among, and those with one of their own.
  ///
  /// Units of the images' group are never pruned; those of the classes are with the output layer only. A group of units
  /// belongs to each layer that has a weight of it.
  public func candidates(of network: Network, _ unit: PruningUnit) -> (
    shared: [PrunableLayer], own: [(layer: PrunableLayer, sparsity: Double)]
  ) {
    var shared: [PrunableLayer] = []
    var own: [(layer: PrunableLayer, sparsity: Double)] = []
    for group in groups(of: network, unit) {
      let names = group.weights.map { network[$0].layer }
      guard !names.contains(where: dense.contains) else { continue }
      let layer = PrunableLayer(
        group.weights[0], candidates: group.candidates,
        extents: group.weights.map { network[$0].shape.dimensions })
      if let sparsity = names.lazy.compactMap({ self.own[$0] }).first {
        own.append((layer, sparsity))
      } else {
        shared.append(layer)
      }
    }
    return (shared, own)
  }

  /// The weights that are pruned together: each by itself, or those of a group of units.
  public func groups(of network: Network, _ unit: PruningUnit) -> [(weights: [ParameterID], candidates: Int)]
  {
    guard unit.isNeuron else {
      return (prunesOutput ? network.weights : network.weights.dropLast()).map {
        ([$0], unit.grid(rows: network[$0].rows, columns: network[$0].columns).count)
      }
    }
    return network.unitOwners.filter { owners in
      !owners.isFixed || (prunesOutput && network.weights.last.map(owners.owns) ?? false)
    }.map { ($0.weights.map(\.parameter), $0.units) }
  }
}
