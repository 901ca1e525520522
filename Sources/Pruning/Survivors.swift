import GraphExec

/// What masks leave of a network: entries, multiply-adds, live units.
public struct Survivors: Sendable, Equatable {
  /// Stored entries of the dense network.
  public let params: Int
  /// Multiply-adds of the dense network for one input.
  public var macs: Int { params }
  /// Surviving entries.
  public let nnz: Int
  /// Surviving multiply-adds for one input: one per surviving entry.
  public var survivingMacs: Int { nnz }
  /// Layers (counted from 1) with no live unit.
  public let collapsedLayers: [Int]

  /// Takes stock of the counts of a network's layers.
  public init(network: Network, counts: [LayerCount]) {
    params = network.parameterCount
    nnz = counts.reduce(0) { $0 + $1.survivors }
    collapsedLayers = counts.indices.filter { counts[$0].liveColumns == 0 }.map { $0 + 1 }
  }

  /// Dense params over surviving entries; infinite for an empty network.
  public var compressionRatio: Double { Double(params) / Double(nnz) }
  /// Dense multiply-adds over surviving ones.
  public var theoreticalSpeedup: Double { Double(macs) / Double(survivingMacs) }
}
