import Text

/// Rows of texts under named columns, as comma-separated values (RFC 4180).
///
/// Columns are found by name, so a file may carry more of them than its reader knows.
package struct CSVTable: Sendable {
  package let columns: [String]
  package let rows: [CSVRow]

  /// A table as text, the columns' names first, each line ending with a newline alone.
  package static func text(columns: [String], rows: [[String]]) -> String {
    ([columns] + rows).map { $0.map(quoted).joined(separator: ",") + "\n" }.joined()
  }

  private static func quoted(_ cell: String) -> String {
    guard cell.utf8.contains(where: { $0 == 0x2c || $0 == 0x22 || $0 == 0x0a || $0 == 0x0d }) else {
      return cell
    }
    return "\"" + cell.replacing("\"", with: "\"\"") + "\""
  }

  /// Reads a table whose first line names the columns.
  ///
  /// - Parameter needed: columns that must be there.
  /// - Throws: `FileError`; `FileFormatError`, which names the line of a row with too many or too few cells.
  package static func read(_ path: String, needing needed: [String]) throws -> CSVTable {
    var records = try records(of: FileSystem.readText(path), path: path)
    guard !records.isEmpty else { throw FileFormatError(path, "not a table: the file is empty") }
    let columns = records.removeFirst().cells
    if let twice = columns.first(where: { name in columns.count { $0 == name } > 1 }) {
      throw FileFormatError(path, "the column \(Excerpt.of(twice)) is there twice")
    }
    if let missing = needed.first(where: { !columns.contains($0) }) {
      throw FileFormatError(path, "has no column \(missing)")
    }
    let rows = try records.map { line, cells in
      guard cells.count == columns.count else {
        throw FileFormatError(
          path, "line \(line) has \(cells.count) cells, but there are \(columns.count) columns")
      }
      return CSVRow(
        path: path, line: line, cells: Dictionary(uniqueKeysWithValues: zip(columns, cells)))
    }
    return CSVTable(columns: columns, rows: rows)
  }

  /// The lines that are not blank, each with its number in the file.
  private static func records(of text: String, path: String) throws -> [(line: Int, cells: [String])] {
    var records: [(line: Int, cells: [String])] = []
    var cells: [String] = []
    var cell = String.UnicodeScalarView()
    var isQuoted = false
    var (line, start) = (1, 1)
    func closeRecord() {
      if !cells.isEmpty || !cell.isEmpty { records.append((start, cells + [String(cell)])) }
      (cells, cell) = ([], String.UnicodeScalarView())
    }
    var scalars = text.unicodeScalars.makeIterator()
    var next = scalars.next()
    while let scalar = next {
      next = scalars.next()
      if scalar == "\n" { line += 1 }
      switch scalar {
      case "\"" where isQuoted && next == "\"":
        cell.append(scalar)
        next = scalars.next()
      case "\"": isQuoted.toggle()
      case "," where !isQuoted:
        cells.append(String(cell))
        cell = String.UnicodeScalarView()
      case "\n" where !isQuoted:
        closeRecord()
        start = line
      case "\r" where !isQuoted && next == "\n": break
      default: cell.append(scalar)
      }
    }
    guard !isQuoted else {
      throw FileFormatError(path, "not a table: a quoted cell is not closed (line \(start))")
    }
    closeRecord()
    return records
  }
}

/// One row of a table by the names of its columns.
package struct CSVRow: Sendable {
  package let path: String
  /// Where the row begins in the file, counted from 1.
  package let line: Int
  private let cells: [String: String]

  init(path: String, line: Int, cells: [String: String]) {
    self.path = path
    self.line = line
    self.cells = cells
  }

  /// A cell that holds something; nil where it is empty, or the table has no such column.
  package func text(_ column: String) -> String? { cells[column].flatMap { $0.isEmpty ? nil : $0 } }

  /// A cell as a number or another type that reads itself from text.
  ///
  /// - Throws: `FileFormatError`, which names the line.
  package func value<Value: LosslessStringConvertible>(_ column: String) throws -> Value {
    let text = cells[column] ?? ""
    guard let value = Value(text) else { throw problem("\(column) is \"\(Excerpt.of(text))\"") }
    return value
  }

  /// A number (`nan` and `inf` included); nil where `text` is.
  ///
  /// - Throws: `FileFormatError`, which names the line.
  package func number(_ column: String) throws -> Double? {
    try text(column).map { _ in try value(column) }
  }

  /// The error that says what is wrong with this row.
  package func problem(_ text: String) -> FileFormatError { FileFormatError(path, "line \(line): \(text)") }
}
