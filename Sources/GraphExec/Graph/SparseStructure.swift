/// A pattern as the kernels read it: by columns, in whose order the values are stored, and by rows.
///
/// Forward products and the weight gradient walk the columns and read the values in order; so inference needs no more
/// than that. The input gradient walks the rows, and finds each entry's value at its place.
package struct SparseStructure: Sendable {
  /// Start of each column's entries, and the number of entries at the end.
  package let indptr: [Int32]
  /// Row of each entry, ascending within a column.
  package let indices: [Int32]
  /// Start of each row's entries, and the number of entries at the end.
  package let rowIndptr: [Int32]
  /// For each entry of a row its column, ascending, and its place among the columns' entries; the two alternate.
  package let rowEntries: [Int32]

  /// The structure of a pattern.
  package init(_ pattern: SparsePattern) {
    var starts = [Int32](repeating: 0, count: pattern.columns + 1)
    for column in pattern.indices { starts[Int(column) + 1] += 1 }
    for column in 0..<pattern.columns { starts[column + 1] += starts[column] }
    var next = starts
    var rows = [Int32](repeating: 0, count: pattern.count)
    var entries: [Int32] = []
    entries.reserveCapacity(2 * pattern.count)
    for row in 0..<pattern.rows {
      for entry in Int(pattern.indptr[row])..<Int(pattern.indptr[row + 1]) {
        let column = pattern.indices[entry]
        let place = next[Int(column)]
        next[Int(column)] += 1
        rows[Int(place)] = Int32(row)
        entries += [column, place]
      }
    }
    (indptr, indices, rowIndptr, rowEntries) = (starts, rows, pattern.indptr, entries)
  }

  /// The arrays, as parts of their parameter.
  package static let parts: [ParameterPart] = [.columnStarts, .rowIndices, .rowStarts, .rowEntries]

  /// An array; nil for a part of another kind.
  package subscript(_ part: ParameterPart) -> [Int32]? {
    switch part {
    case .columnStarts: indptr
    case .rowIndices: indices
    case .rowStarts: rowIndptr
    case .rowEntries: rowEntries
    case .value, .slot, .mask, .gradient: nil
    }
  }

  /// The values of the entries of `matrix`, in the order in which they are stored.
  package func gather(_ matrix: Matrix) -> [Float] {
    var values = [Float](repeating: 0, count: indices.count)
    forEach { place, at in values[place] = matrix.values[at] }
    return values
  }

  /// The matrix with these values, in the order in which they are stored, and +0 elsewhere.
  package func scatter(_ values: [Float]) -> Matrix {
    var matrix = Matrix(rows: rowIndptr.count - 1, columns: indptr.count - 1)
    forEach { place, at in matrix.values[at] = values[place] }
    return matrix
  }

  /// Calls `body` with each entry's place in the order of storage and in the row-major matrix, row by row.
  package func forEach(_ body: (_ place: Int, _ at: Int) -> Void) {
    let columns = indptr.count - 1
    for row in 0..<rowIndptr.count - 1 {
      for entry in Int(rowIndptr[row])..<Int(rowIndptr[row + 1]) {
        body(Int(rowEntries[2 * entry + 1]), row * columns + Int(rowEntries[2 * entry]))
      }
    }
  }
}
