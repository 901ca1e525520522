/// Rows of texts under named columns, as comma-separated values (RFC 4180, lines ending with a newline alone).
package struct CSVTable: Equatable, Sendable {
  package var columns: [String]
  package var rows: [[String]]

  package init(columns: [String], rows: [[String]] = []) {
    self.columns = columns
    self.rows = rows
  }

  /// The table as text, the columns' names first.
  package var text: String {
    ([columns] + rows).map { $0.map(Self.quoted).joined(separator: ",") + "\n" }.joined()
  }

  private static func quoted(_ cell: String) -> String {
    guard cell.utf8.contains(where: { $0 == 0x2c || $0 == 0x22 || $0 == 0x0a || $0 == 0x0d }) else {
      return cell
    }
    return "\"" + cell.replacing("\"", with: "\"\"") + "\""
  }

  /// Reads a table whose first line names the columns.
  ///
  /// - Throws: `FileError`; `FileFormatError`, which names the line of a row with too many or too few cells.
  package static func read(_ path: String) throws -> CSVTable {
    guard let text = String(validating: try FileSystem.read(path), as: UTF8.self) else {
      throw FileFormatError(path, "not a table: the text is not UTF-8")
    }
    var lines = try Self.cells(of: text, path: path)
    guard !lines.isEmpty else { throw FileFormatError(path, "not a table: the file is empty") }
    let columns = lines.removeFirst()
    for (index, cells) in lines.enumerated() where cells.count != columns.count {
      throw FileFormatError(
        path, "row \(index + 1) has \(cells.count) cells, but there are \(columns.count) columns")
    }
    return CSVTable(columns: columns, rows: lines)
  }

  private static func cells(of text: String, path: String) throws -> [[String]] {
    var lines: [[String]] = []
    var line: [String] = []
    var cell = String.UnicodeScalarView()
    var isQuoted = false
    var scalars = text.unicodeScalars.makeIterator()
    var next = scalars.next()
    while let scalar = next {
      next = scalars.next()
      switch scalar {
      case "\"" where isQuoted && next == "\"":
        cell.append(scalar)
        next = scalars.next()
      case "\"": isQuoted.toggle()
      case "," where !isQuoted:
        line.append(String(cell))
        cell = String.UnicodeScalarView()
      case "\n" where !isQuoted:
        lines.append(line + [String(cell)])
        (line, cell) = ([], String.UnicodeScalarView())
      case "\r" where !isQuoted && next == "\n": break
      default: cell.append(scalar)
      }
    }
    guard !isQuoted else { throw FileFormatError(path, "not a table: a quoted cell is not closed") }
    if !line.isEmpty || !cell.isEmpty { lines.append(line + [String(cell)]) }
    return lines
  }
}

/// One row of a table by the names of its columns, for readers that accept more columns than they know.
struct CSVRow {
  let path: String
  let number: Int
  let cells: [String: String]

  /// The rows of a table.
  ///
  /// - Throws: `FileFormatError` when one of the columns is not there.
  static func rows(of table: CSVTable, path: String, needing columns: [String]) throws -> [CSVRow] {
    for column in columns where !table.columns.contains(column) {
      throw FileFormatError(path, "has no column \(column)")
    }
    return table.rows.enumerated().map { index, cells in
      CSVRow(
        path: path, number: index + 1,
        cells: Dictionary(zip(table.columns, cells), uniquingKeysWith: { first, _ in first }))
    }
  }

  /// A cell as a number or another type that reads itself from text.
  func value<Value: LosslessStringConvertible>(_ column: String) throws -> Value {
    let text = cells[column] ?? ""
    guard let value = Value(text) else {
      throw FileFormatError(path, "row \(number): \(column) is \"\(text)\"")
    }
    return value
  }
}
