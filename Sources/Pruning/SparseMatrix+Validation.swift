/// Why numbers are no sparse matrix.
public struct SparseMatrixError: Error, Equatable, CustomStringConvertible {
  /// What is wrong, naming the array and the place.
  public let description: String

  init(_ description: String) { self.description = description }
}

extension SparseMatrix {
  /// A matrix of parts that come from elsewhere and may be anything.
  ///
  /// - Throws: `SparseMatrixError` for a size that is negative or needs more than 32-bit indices, arrays whose lengths
  ///   do not fit each other, row starts that decrease, and columns out of range or not ascending.
  public init(rows: Int, columns: Int, indptr: [Int32], indices: [Int32], values: [Float]) throws {
    guard rows >= 0, columns >= 0, rows < Int32.max, columns <= Int32.max else {
      throw SparseMatrixError("the shape [\(rows), \(columns)] is not one that 32-bit indices can address")
    }
    let (entries, overflows) = rows.multipliedReportingOverflow(by: columns)
    guard !overflows, entries <= Int32.max else {
      throw SparseMatrixError(
        "the shape [\(rows), \(columns)] has more entries than 32-bit indices can address")
    }
    guard indptr.count == rows + 1 else {
      throw SparseMatrixError("indptr has \(indptr.count) numbers, but \(rows) rows need \(rows + 1)")
    }
    guard indices.count == values.count else {
      throw SparseMatrixError("there are \(indices.count) indices for \(values.count) values")
    }
    guard indptr[0] == 0 else { throw SparseMatrixError("indptr starts at \(indptr[0]), not at 0") }
    for row in 0..<rows where indptr[row] > indptr[row + 1] {
      throw SparseMatrixError(
        "indptr decreases from \(indptr[row]) to \(indptr[row + 1]) at row \(row)")
    }
    guard Int(indptr[rows]) == values.count else {
      throw SparseMatrixError("indptr ends at \(indptr[rows]), but there are \(values.count) values")
    }
    for row in 0..<rows {
      var least: Int32 = 0
      for entry in Int(indptr[row])..<Int(indptr[row + 1]) {
        let column = indices[entry]
        guard column >= 0, column < columns else {
          throw SparseMatrixError("row \(row) has an entry in column \(column) of \(columns)")
        }
        guard column >= least else {
          throw SparseMatrixError(
            "the columns of row \(row) are not ascending: \(column) follows \(indices[entry - 1])")
        }
        least = column + 1
      }
    }
    self.init(checkedRows: rows, columns: columns, indptr: indptr, indices: indices, values: values)
  }
}
