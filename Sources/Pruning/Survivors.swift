import GraphExec

/// What masks leave of a network: entries, multiply-adds, live units.
public struct Survivors: Sendable, Equatable {
  /// Stored entries of the dense network.
  public let params: Int
  /// Multiply-adds of the dense network for one input.
  public let macs: Int
  /// Surviving entries.
  public let nnz: Int
  /// Multiply-adds for one input that are left: one per surviving entry between live units. An entry that reads a dead
  /// unit, or leads to one, is removed with it.
  public let survivingMacs: Int
  /// The weights with no live unit.
  public let collapsed: [ParameterID]

  /// Takes stock of the counts of a network's parameters.
  ///
  /// - Parameters:
  ///   - network: the whole one.
  ///   - counts: of each of its parameters.
  ///   - masks: 1 for a surviving entry, 0 for a pruned one; nil where none is pruned.
  public init(network: Network, counts: [LayerCount], masks: [[UInt8]]?) {
    params = network.parameterCount
    macs = network.macs
    nnz = counts.reduce(0) { $0 + $1.survivors }
    survivingMacs = masks.map { Self.macs(of: network, masks: $0) } ?? macs
    collapsed = network.weights.filter { counts[$0.index].liveColumns == 0 }
  }

  /// A multiply-add of a weight is done once for each pixel of its layer's output.
  private static func macs(of network: Network, masks: [[UInt8]]) -> Int {
    let survivors = Compaction(network: network, masks: masks).survivors(of: masks)
    return network.weights.reduce(0) {
      $0 + survivors[$1.index] * network.shapes[network.layer(of: $1)].pixels
    }
  }

  /// Dense params over surviving entries; infinite for an empty network.
  public var compressionRatio: Double { Double(params) / Double(nnz) }
  /// Dense multiply-adds over surviving ones.
  public var theoreticalSpeedup: Double { Double(macs) / Double(survivingMacs) }
}
