import GraphExec

/// A pruned weight matrix, its surviving entries only: compressed sparse rows (CSR), as SciPy's `csr_matrix` takes them.
///
/// The shape is `[inputs, outputs]`. The entries of row `i` are `indptr[i]..<indptr[i + 1]`, their columns ascending.
/// A surviving entry that is 0, or -0, is an entry like any other.
public struct SparseMatrix: Sendable, Equatable {
  /// Rows; a weight's inputs.
  public let rows: Int
  /// Columns; a weight's outputs.
  public let columns: Int
  /// Where each row's entries start, and at the end how many there are: `rows + 1` numbers.
  public let indptr: [Int32]
  /// The column of each entry, ascending within a row.
  public let indices: [Int32]
  /// The value of each entry.
  public let values: [Float]

  /// The number of entries.
  public var count: Int { values.count }

  /// The surviving entries of a matrix.
  ///
  /// - Parameter mask: 1 for a surviving entry, 0 for a pruned one, in the order of the matrix's values.
  public init(_ matrix: Matrix, mask: [UInt8]) {
    precondition(mask.count == matrix.values.count, "a mask needs a byte per entry")
    precondition(
      matrix.columns <= Int32.max && mask.count <= Int32.max, "the matrix is too large for 32-bit indices")
    let count = mask.reduce(0) { $0 + ($1 != 0 ? 1 : 0) }
    var indptr: [Int32] = [0]
    var indices: [Int32] = []
    var values: [Float] = []
    indptr.reserveCapacity(matrix.rows + 1)
    indices.reserveCapacity(count)
    values.reserveCapacity(count)
    for row in 0..<matrix.rows {
      let start = row * matrix.columns
      for column in 0..<matrix.columns where mask[start + column] != 0 {
        indices.append(Int32(column))
        values.append(matrix.values[start + column])
      }
      indptr.append(Int32(values.count))
    }
    self.init(
      checkedRows: matrix.rows, columns: matrix.columns, indptr: indptr, indices: indices, values: values)
  }

  /// A matrix of parts known to be consistent.
  init(checkedRows rows: Int, columns: Int, indptr: [Int32], indices: [Int32], values: [Float]) {
    (self.rows, self.columns) = (rows, columns)
    (self.indptr, self.indices, self.values) = (indptr, indices, values)
  }

  /// The matrix with all its entries: 0 where there is none.
  public var dense: Matrix {
    var matrix = Matrix(rows: rows, columns: columns)
    forEachEntry { entry, place in matrix.values[place] = values[entry] }
    return matrix
  }

  /// The mask: 1 for a surviving entry, 0 for a pruned one; row-major.
  public var mask: [UInt8] {
    var mask = [UInt8](repeating: 0, count: rows * columns)
    forEachEntry { _, place in mask[place] = 1 }
    return mask
  }

  /// Calls `body` with the number of each entry and its place in the row-major matrix.
  private func forEachEntry(_ body: (_ entry: Int, _ place: Int) -> Void) {
    for row in 0..<rows {
      for entry in Int(indptr[row])..<Int(indptr[row + 1]) {
        body(entry, row * columns + Int(indices[entry]))
      }
    }
  }
}
