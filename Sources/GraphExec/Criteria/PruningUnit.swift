/// What is pruned as one.
public enum PruningUnit: Sendable, Hashable {
  /// Single entries.
  case weight
  /// Units: their columns in all weights of their group, biases and batch norms (`Network.units(of:)`).
  case neuron
  /// Blocks of a weight, so many rows (inputs) by so many columns (outputs), from its first entry on; those at its ends are
  /// smaller where the numbers do not divide its own.
  case block(rows: Int, columns: Int)
  /// Single entries, as many of each `size` of a column whose inputs are neighbours: N:M sparsity (Mishra et al. 2021), M being
  /// `size`. In a filter these are neighbouring channels at one tap.
  case group(size: Int)

  /// Whether units of a group of weights are candidates; else it is what one weight has.
  public var isNeuron: Bool { self == .neuron }

  /// The word for it, without sizes.
  public var name: String {
    switch self {
    case .weight: "weight"
    case .neuron: "neuron"
    case .block: "block"
    case .group: "n_m"
    }
  }

  /// What candidates are called in messages.
  public var candidates: String {
    switch self {
    case .weight, .group: "weights"
    case .neuron: "units"
    case .block: "blocks"
    }
  }

  /// The candidates that a weight has by itself.
  public func grid(rows: Int, columns: Int) -> BlockGrid {
    switch self {
    case .weight, .group: BlockGrid(rows: rows, columns: columns, blockRows: 1, blockColumns: 1)
    case .neuron: BlockGrid(rows: rows, columns: columns, blockRows: rows, blockColumns: 1)
    case .block(let height, let width):
      BlockGrid(rows: rows, columns: columns, blockRows: height, blockColumns: width)
    }
  }
}
