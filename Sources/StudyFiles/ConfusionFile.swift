import Files

/// A run's `confusion.csv`: how often test images of a class (a row) were taken for another (a column).
package struct ConfusionFile: Equatable, Sendable {
  /// The names of the classes.
  package let classes: [String]
  package let counts: [[Int]]

  private static let label = "class"

  package init(classes: [String], counts: [[Int]]) { (self.classes, self.counts) = (classes, counts) }

  /// Writes the file, atomically.
  ///
  /// - Throws: `FileError`.
  package func write(to path: String) throws {
    let rows = zip(classes, counts).map { name, row in [name] + row.map(String.init) }
    // No class is called as the column of their names is, since columns are found by their names.
    let columns = [Self.label] + classes.map { "as \($0)" }
    try AtomicFile.write(CSVTable.text(columns: columns, rows: rows), to: path)
  }

  /// Reads what `write` wrote.
  ///
  /// - Throws: `FileError`, `FileFormatError`.
  package static func read(_ path: String) throws -> ConfusionFile {
    let table = try CSVTable.read(path, needing: [label])
    let classes = try table.rows.map { try $0.value(label) as String }
    let counts = try table.rows.map { row in
      try classes.map { name in
        guard row.text("as \(name)") != nil else { throw row.problem("there is no column \"as \(name)\"") }
        return try row.value("as \(name)") as Int
      }
    }
    return ConfusionFile(classes: classes, counts: counts)
  }
}
