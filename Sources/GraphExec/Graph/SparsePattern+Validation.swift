/// Why numbers do not form a sparse matrix.
public struct SparsePatternError: Error, Equatable, CustomStringConvertible {
  /// What is wrong, naming the array and the place.
  public let description: String

  /// Creates an error that says this.
  package init(_ description: String) { self.description = description }
}

extension SparsePattern {
  /// A pattern of arrays that come from elsewhere and may hold anything.
  ///
  /// - Throws: `SparsePatternError` for a size that is negative or needs more than 32-bit indices, arrays whose lengths
  ///   do not fit each other, row starts that decrease, and columns out of range or not ascending.
  public init(rows: Int, columns: Int, indptr: [Int32], indices: [Int32]) throws {
    let (entries, overflows) = rows.multipliedReportingOverflow(by: columns)
    guard rows >= 0, columns >= 0, max(rows, columns) < Int32.max, !overflows, entries <= Int32.max else {
      throw SparsePatternError("the shape [\(rows), \(columns)] is not one that 32-bit indices can address")
    }
    guard indptr.count == rows + 1 else {
      throw SparsePatternError("indptr has \(indptr.count) numbers, but \(rows) rows need \(rows + 1)")
    }
    guard indptr[0] == 0 else { throw SparsePatternError("indptr starts at \(indptr[0]), not at 0") }
    for row in 0..<rows where indptr[row] > indptr[row + 1] {
      throw SparsePatternError("indptr decreases from \(indptr[row]) to \(indptr[row + 1]) at row \(row)")
    }
    guard Int(indptr[rows]) == indices.count else {
      throw SparsePatternError("indptr ends at \(indptr[rows]), but there are \(indices.count) indices")
    }
    for row in 0..<rows {
      var least: Int32 = 0
      for entry in Int(indptr[row])..<Int(indptr[row + 1]) {
        let column = indices[entry]
        guard column >= 0, column < columns else {
          throw SparsePatternError("row \(row) has an entry in column \(column) of \(columns)")
        }
        guard column >= least else {
          throw SparsePatternError(
            "the columns of row \(row) are not ascending: \(column) follows \(indices[entry - 1])")
        }
        least = column + 1
      }
    }
    self.init(checkedIndptr: indptr, indices: indices, columns: columns)
  }
}
