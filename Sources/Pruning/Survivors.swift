import GraphExec

/// What masks leave of a network: entries, multiply-adds, live units.
public struct Survivors: Sendable, Equatable {
  /// Stored entries of the dense network.
  public let params: Int
  /// Multiply-adds of the dense network for one input.
  public var macs: Int { params }
  /// Surviving entries.
  public let nnz: Int
  /// Multiply-adds for one input that are left: one per surviving entry between live units. An entry that reads a dead
  /// unit, or leads to one, is removed with it.
  public let survivingMacs: Int
  /// Layers (counted from 1) with no live unit.
  public let collapsedLayers: [Int]

  /// Takes stock of the counts of a network's layers.
  ///
  /// - Parameter masks: 1 for a surviving entry, 0 for a pruned one; nil where none is pruned.
  public init(network: Network, counts: [LayerCount], masks: [[UInt8]]?) {
    params = network.parameterCount
    nnz = counts.reduce(0) { $0 + $1.survivors }
    survivingMacs =
      masks.map { Compaction(network: network, masks: $0).survivors(of: $0).reduce(0, +) } ?? params
    collapsedLayers = counts.indices.filter { counts[$0].liveColumns == 0 }.map { $0 + 1 }
  }

  /// Dense params over surviving entries; infinite for an empty network.
  public var compressionRatio: Double { Double(params) / Double(nnz) }
  /// Dense multiply-adds over surviving ones.
  public var theoreticalSpeedup: Double { Double(macs) / Double(survivingMacs) }
}
