/// A matrix on the host: row-major floats with no padding.
public struct Matrix: Sendable, Equatable {
  /// Rows; a weight's inputs.
  public var rows: Int
  /// Columns; a weight's outputs.
  public var columns: Int
  /// `rows * columns` values, row after row.
  public var values: [Float]

  /// Creates a matrix of `values`, or of zeros.
  public init(rows: Int, columns: Int, values: [Float]? = nil) {
    precondition(values == nil || values?.count == rows * columns, "a matrix needs rows x columns values")
    self.rows = rows
    self.columns = columns
    self.values = values ?? [Float](repeating: 0, count: rows * columns)
  }

  /// The entry at a row and a column.
  public subscript(row: Int, column: Int) -> Float {
    get { values[row * columns + column] }
    set { values[row * columns + column] = newValue }
  }
}
