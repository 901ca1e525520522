import GraphExec

/// A layer whose entries, or units, are candidates of pruning: a weight, or a group of units that go together.
public struct PrunableLayer: Sendable, Equatable {
  /// The weight, or the first one of the group.
  public let weight: ParameterID
  /// Entries, or units.
  public let candidates: Int
  /// The sum of the weight's extents over their product: inputs, outputs and, of a filter, height and width. Of a group's
  /// weights, the sum of the sums over that of the products.
  public let erdosRenyiDensity: Double

  /// A layer of so many candidates, with weights of these extents.
  public init(_ weight: ParameterID, candidates: Int, extents: [[Int]]) {
    self.weight = weight
    self.candidates = candidates
    let sums = extents.reduce(0) { $0 + $1.reduce(0, +) }
    let entries = extents.reduce(0) { $0 + $1.reduce(1, *) }
    erdosRenyiDensity = Double(sums) / Double(max(entries, 1))
  }
}
