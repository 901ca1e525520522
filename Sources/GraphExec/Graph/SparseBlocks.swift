/// The blocks that the entries of a sparse matrix lie in, for kernels that take some rows or columns together: so many of them,
/// from the first one on, have entries in the same places. The last ones may be fewer.
public struct SparseBlocks: Sendable, Hashable {
  /// Rows that are alike, inputs of a layer: 1, 2, 4 or 8.
  public let inputs: Int
  /// Columns that are alike, outputs of a layer: 1, 2, 4 or 8.
  public let outputs: Int

  /// The blocks of entries that lie anywhere.
  public static let entries = SparseBlocks(inputs: 1, outputs: 1)
  /// The most rows or columns that kernels take together.
  package static let most = 8

  /// The largest that make up blocks of so many inputs and outputs, 0 where all are alike.
  public init(inputs: Int, outputs: Int) {
    func size(_ count: Int) -> Int { count == 0 ? Self.most : min(count & -count, Self.most) }
    (self.inputs, self.outputs) = (size(inputs), size(outputs))
  }

  /// How many rows or columns of the result the kernels of a pass can take together.
  package subscript(_ pass: MatmulPass) -> Int { pass == .inputGradient ? inputs : outputs }
}

extension SparseBlocks: CustomStringConvertible {
  /// Inputs and outputs, `4x4`.
  public var description: String { "\(inputs)x\(outputs)" }
}

extension SparseBlocks {
  /// The blocks of what is pruned as one.
  public init(_ unit: PruningUnit) {
    if case .block(let rows, let columns) = unit {
      self.init(inputs: rows, outputs: columns)
    } else {
      self = .entries
    }
  }
}

extension SparsePattern {
  /// The largest blocks that its entries lie in.
  package var blocks: SparseBlocks {
    // The bits of all numbers of rows, and of columns, that differ from the one before: the lowest one says how many are alike.
    var (inputs, outputs) = (0, 0)
    for row in 0..<rows {
      let own = indices[Int(indptr[row])..<Int(indptr[row + 1])]
      if row > 0, !own.elementsEqual(indices[Int(indptr[row - 1])..<Int(indptr[row])]) { inputs |= row }
      var next = 0
      for column in own.lazy.map(Int.init) {
        if column != next { outputs |= next | column }
        next = column + 1
      }
      if next < columns { outputs |= next }
    }
    return SparseBlocks(inputs: inputs, outputs: outputs)
  }
}
