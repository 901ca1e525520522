/// Which entries of a matrix survive, in CSR: the entries of row i are `indptr[i]..<indptr[i + 1]`, and `indices` holds
/// their columns in ascending order.
///
/// Rows are a weight's inputs, columns its outputs, as SciPy's `csr_matrix` has them.
public struct SparsePattern: Sendable, Equatable {
  /// Columns of the matrix.
  public let columns: Int
  /// Start of each row's entries, and the number of entries at the end.
  public let indptr: [Int32]
  /// Column of each entry.
  public let indices: [Int32]

  /// Rows of the matrix.
  public var rows: Int { indptr.count - 1 }
  /// Number of surviving entries.
  public var count: Int { indices.count }
  /// Share of the entries that survive.
  public var density: Double { Double(count) / Double(max(rows * columns, 1)) }

  /// The entries where `mask`, row-major, is not 0.
  public init(mask: [UInt8], rows: Int, columns: Int) {
    precondition(mask.count == rows * columns, "a mask needs rows x columns bytes")
    var indptr: [Int32] = [0]
    var indices: [Int32] = []
    indptr.reserveCapacity(rows + 1)
    for row in 0..<rows {
      for column in 0..<columns where mask[row * columns + column] != 0 { indices.append(Int32(column)) }
      indptr.append(Int32(indices.count))
    }
    self.init(checkedIndptr: indptr, indices: indices, columns: columns)
  }

  /// The same entries by columns, as a device holds them: known to be consistent, rows ascending within each column.
  init(columnStarts: [Int32], rowIndices: [Int32], rows: Int) {
    columns = columnStarts.count - 1
    var starts = [Int32](repeating: 0, count: rows + 1)
    for row in rowIndices { starts[Int(row) + 1] += 1 }
    for row in 0..<rows { starts[row + 1] += starts[row] }
    var next = starts
    var indices = [Int32](repeating: 0, count: rowIndices.count)
    for column in 0..<columns {
      for entry in Int(columnStarts[column])..<Int(columnStarts[column + 1]) {
        let row = Int(rowIndices[entry])
        indices[Int(next[row])] = Int32(column)
        next[row] += 1
      }
    }
    (indptr, self.indices) = (starts, indices)
  }

  /// A pattern of arrays known to be consistent.
  init(checkedIndptr indptr: [Int32], indices: [Int32], columns: Int) {
    self.columns = columns
    self.indptr = indptr
    self.indices = indices
  }

  /// The mask, row-major: 1 for a surviving entry.
  public var mask: [UInt8] {
    var mask = [UInt8](repeating: 0, count: rows * columns)
    forEach { _, at in mask[at] = 1 }
    return mask
  }

  /// Calls `body` with each entry's place in `indices` and in the row-major matrix.
  package func forEach(_ body: (_ entry: Int, _ at: Int) -> Void) {
    for row in 0..<rows {
      for entry in Int(indptr[row])..<Int(indptr[row + 1]) {
        body(entry, row * columns + Int(indices[entry]))
      }
    }
  }

  /// The values of the surviving entries of `matrix`.
  package func gather(_ matrix: Matrix) -> [Float] {
    var values = [Float](repeating: 0, count: count)
    forEach { entry, at in values[entry] = matrix.values[at] }
    return values
  }

  /// The matrix with these values at the surviving entries, and +0 elsewhere.
  package func scatter(_ values: [Float]) -> Matrix {
    var matrix = Matrix(rows: rows, columns: columns)
    forEach { entry, at in matrix.values[at] = values[entry] }
    return matrix
  }
}
