import GraphExec

/// A pruned weight matrix, its surviving entries only: compressed sparse rows (CSR), as SciPy's `csr_matrix` takes them.
///
/// A surviving entry that is 0, or -0, is an entry like any other.
public struct SparseMatrix: Sendable, Equatable {
  /// Which entries survive.
  public let pattern: SparsePattern
  /// The value of each entry, in the pattern's order.
  public let values: [Float]

  /// Rows; a weight's inputs.
  public var rows: Int { pattern.rows }
  /// Columns; a weight's outputs.
  public var columns: Int { pattern.columns }
  /// The number of entries.
  public var count: Int { values.count }

  /// The surviving entries of a matrix.
  ///
  /// - Parameters:
  ///   - matrix: all entries.
  ///   - mask: 1 for a surviving entry, 0 for a pruned one, in the order of the matrix's values.
  public init(_ matrix: Matrix, mask: [UInt8]) {
    pattern = SparsePattern(mask: mask, rows: matrix.rows, columns: matrix.columns)
    values = pattern.gather(matrix)
  }

  /// A matrix of parts that come from elsewhere and may be anything.
  ///
  /// - Throws: `SparsePatternError` for arrays that do not form a pattern of this shape, or of these values.
  public init(rows: Int, columns: Int, indptr: [Int32], indices: [Int32], values: [Float]) throws {
    pattern = try SparsePattern(rows: rows, columns: columns, indptr: indptr, indices: indices)
    guard indices.count == values.count else {
      throw SparsePatternError("there are \(indices.count) indices for \(values.count) values")
    }
    self.values = values
  }

  /// The matrix with all its entries: 0 where there is none.
  public var dense: Matrix { pattern.scatter(values) }
}
