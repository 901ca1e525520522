/// A matrix cut into blocks, from its first row and column on: the candidates of pruning that it has, or its share of them. Those
/// at its ends may be smaller.
public struct BlockGrid: Sendable, Equatable {
  /// Those of the matrix.
  public let rows: Int
  /// Those of the matrix.
  public let columns: Int
  /// Those of a block.
  public let blockRows: Int
  /// Those of a block.
  public let blockColumns: Int

  /// Cuts a matrix.
  public init(rows: Int, columns: Int, blockRows: Int, blockColumns: Int) {
    precondition(rows > 0 && columns > 0 && blockRows > 0 && blockColumns > 0, "a block has entries")
    (self.rows, self.columns, self.blockRows, self.blockColumns) = (rows, columns, blockRows, blockColumns)
  }

  /// How many blocks a row of them has.
  public var across: Int { (columns + blockColumns - 1) / blockColumns }
  /// How many blocks there are, numbered row by row.
  public var count: Int { across * ((rows + blockRows - 1) / blockRows) }

  /// The block of an entry, entries being numbered row by row.
  public func block(ofEntry entry: Int) -> Int {
    entry / columns / blockRows * across + entry % columns / blockColumns
  }

  /// The rows that a block has of the matrix.
  public func rows(of block: Int) -> Range<Int> {
    let first = block / across * blockRows
    return first..<min(first + blockRows, rows)
  }

  /// The columns that a block has of the matrix.
  public func columns(of block: Int) -> Range<Int> {
    let first = block % across * blockColumns
    return first..<min(first + blockColumns, columns)
  }

  /// The first entry of a block.
  public func firstEntry(of block: Int) -> Int {
    rows(of: block).lowerBound * columns + columns(of: block).lowerBound
  }

  /// The entries of a block, column by column, in each from the top down: the order in which they are summed.
  public func entries(of block: Int) -> [Int] {
    let rows = rows(of: block)
    return columns(of: block).flatMap { column in rows.map { $0 * columns + column } }
  }
}
