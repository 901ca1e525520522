import Files
import Glibc
import Text

/// A table of numbers with a column of labels, read byte by byte: data sets have millions of cells, for which texts would take
/// too long.
///
/// Cells are parted by commas, semicolons or tabs, whichever the first line has most of, and may stand in quotation marks.
/// The first line has the columns' names where most of its cells are no numbers, or one of them is what the column of labels is
/// called.
struct CSVNumbers {
  let path: String
  /// The names of the columns, labels included; nil where the first line is a row.
  private(set) var names: [String]?
  /// The numbers of each row, without the label.
  private(set) var values: [Float] = []
  /// Numbers of a row.
  private(set) var width = 0
  /// The different labels, in the order in which they come; none where the table has no such column.
  private(set) var labelNames: [String] = []
  /// For each row the place of its label among them.
  private(set) var labels: [Int32] = []

  private var separator: UInt8 = 0
  private var columns = 0
  private var labelColumn: Int?
  private var labelPlaces: [String: Int32] = [:]

  /// More columns than an image has values, and more labels than anybody has classes: hostile tables have memory for neither.
  private static let mostColumns = 1 << 20
  private static let mostLabels = 1 << 16

  /// How columns of labels are called.
  static let usualLabels = ["label", "labels", "class", "target", "species", "y"]

  /// Where the labels are.
  enum LabelColumn {
    /// In the column of this name, or of this number, counted from 1.
    case named(String)
    /// In the column that is called as such columns are, else the last one.
    case usual
    /// Nowhere, but for a column of this name.
    case absent(unlessNamed: String?)
  }

  /// Reads a table.
  ///
  /// - Throws: `DatasetError`, which names the line.
  init(_ bytes: [UInt8], path: String, labels: LabelColumn) throws {
    self.path = path
    let kind = ContentKind(bytes)
    guard kind == .text else {
      throw DatasetError(
        path, "it is \(kind.description ?? "no text"), and no table of numbers", remedy: "give a CSV file")
    }
    // A number is read up to what ends it, so the last one needs an end, too.
    let text = bytes.last == UInt8(ascii: "\n") ? bytes : bytes + [UInt8(ascii: "\n")]
    try text.withUnsafeBufferPointer { buffer in
      var start = buffer.starts(with: [0xef, 0xbb, 0xbf]) ? 3 : 0
      var line = 0
      while start < bytes.count {
        let end = buffer[start..<bytes.count].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
        line += 1
        let own = start..<(end > start && buffer[end - 1] == UInt8(ascii: "\r") ? end - 1 : end)
        if !own.isEmpty { try take(own, of: buffer, line: line, labels) }
        start = end + 1
      }
    }
    guard columns > 0, !values.isEmpty else {
      throw DatasetError(path, "there is no row in it", remedy: "give a table with a row for each image")
    }
  }

  private mutating func take(
    _ line: Range<Int>, of text: UnsafeBufferPointer<UInt8>, line number: Int, _ labels: LabelColumn
  ) throws {
    if columns == 0 {
      let isHeader = try begin(line, of: text, labels)
      if isHeader { return }
    }
    var column = 0
    var start = line.lowerBound
    while start <= line.upperBound {
      let end = cellEnd(start, line, text)
      if column == labelColumn {
        self.labels.append(try label(start..<end, of: text, line: number))
      } else if column < columns {
        values.append(try self.number(start..<end, of: text, line: number, column: column))
      }
      column += 1
      start = end + 1
    }
    guard column == columns else {
      throw DatasetError(
        path, "line \(number) has \(column) cells, but there are \(columns) columns",
        remedy: "mend or remove the line")
    }
  }

  /// Finds out what the columns are, by the first line.
  private mutating func begin(
    _ line: Range<Int>, of text: UnsafeBufferPointer<UInt8>, _ labels: LabelColumn
  ) throws -> Bool {
    let candidates = [",", "\t", ";"].map { Character($0).asciiValue ?? 0 }
    separator =
      candidates.max { a, b in
        text[line].count { $0 == a } < text[line].count { $0 == b }
      } ?? candidates[0]
    guard text[line].count(where: { $0 == separator }) < Self.mostColumns else {
      throw DatasetError(
        path, "it has more than \(Self.mostColumns) columns", remedy: "give a row for each image")
    }
    var cells: [(text: String, isNumber: Bool)] = []
    var start = line.lowerBound
    while start <= line.upperBound {
      let end = cellEnd(start, line, text)
      cells.append(
        (String(decoding: text[trimmed(start..<end, text)], as: UTF8.self), float(start..<end, text) != nil))
      start = end + 1
    }
    columns = cells.count
    var wanted: String?
    switch labels {
    case .named(let name): wanted = name
    case .absent(let name): wanted = name
    case .usual: wanted = nil
    }
    let isNamed = cells.contains { cell in
      !cell.isNumber && (cell.text == wanted || Self.usualLabels.contains(cell.text.lowercased()))
    }
    let isHeader = isNamed || 2 * cells.count { !$0.isNumber } > cells.count
    let names = isHeader ? cells.map(\.text) : []
    if names.contains("") {
      throw DatasetError(
        path, "a column has no name, as the index that pandas writes has none",
        remedy: "save it with to_csv(index=False), or name the column")
    }
    labelColumn = try column(of: labels, wanted, names)
    width = columns - (labelColumn == nil ? 0 : 1)
    guard width > 0 else {
      throw DatasetError(
        path, "it has a single column, and images need at least one beside the labels",
        remedy: "check the separators: commas, semicolons or tabs")
    }
    if isHeader { self.names = names }
    return isHeader
  }

  private func column(of labels: LabelColumn, _ wanted: String?, _ names: [String]) throws -> Int? {
    if let wanted, let place = names.firstIndex(of: wanted) { return place }
    switch labels {
    case .usual:
      return names.firstIndex { Self.usualLabels.contains($0.lowercased()) } ?? columns - 1
    case .absent: return nil
    case .named(let name):
      if let number = Int(name), (1...columns).contains(number) { return number - 1 }
      throw DatasetError(
        path,
        "it has no column \"\(name)\"; there "
          + (names.isEmpty ? "are \(columns), without names" : "are \(ClassLabels.list(names))"),
        remedy: "name one of them, or its number from 1 on, as dataset.label")
    }
  }

  /// Where a cell ends: at the next separator outside quotation marks, or with the line.
  private func cellEnd(_ start: Int, _ line: Range<Int>, _ text: UnsafeBufferPointer<UInt8>) -> Int {
    var isQuoted = false
    var place = start
    while place < line.upperBound {
      if text[place] == UInt8(ascii: "\"") { isQuoted.toggle() }
      if text[place] == separator, !isQuoted { break }
      place += 1
    }
    return place
  }

  /// A cell without spaces and quotation marks around it.
  private func trimmed(_ cell: Range<Int>, _ text: UnsafeBufferPointer<UInt8>) -> Range<Int> {
    var (start, end) = (cell.lowerBound, cell.upperBound)
    while start < end, text[start] == UInt8(ascii: " ") { start += 1 }
    while start < end, text[end - 1] == UInt8(ascii: " ") { end -= 1 }
    if end - start >= 2, text[start] == UInt8(ascii: "\""), text[end - 1] == UInt8(ascii: "\"") {
      start += 1
      end -= 1
    }
    return start..<end
  }

  /// The place of a row's label among the different ones.
  private mutating func label(
    _ cell: Range<Int>, of text: UnsafeBufferPointer<UInt8>, line: Int
  ) throws -> Int32 {
    let own = trimmed(cell, text)
    guard !own.isEmpty else {
      throw DatasetError(path, "line \(line): its label is missing", remedy: "give it, or remove the line")
    }
    let name = String(decoding: text[own], as: UTF8.self)
    if let place = labelPlaces[name] { return place }
    guard labelNames.count < Self.mostLabels else {
      throw DatasetError(
        path, "it has more than \(Self.mostLabels) different labels", remedy: "name the column of the classes"
      )
    }
    labelNames.append(name)
    labelPlaces[name] = Int32(labelNames.count - 1)
    return Int32(labelNames.count - 1)
  }

  private func number(
    _ cell: Range<Int>, of text: UnsafeBufferPointer<UInt8>, line: Int, column: Int
  ) throws -> Float {
    guard let value = float(cell, text) else {
      let name = names.map { "\"\(Excerpt.of($0[column]))\"" } ?? "\(column + 1)"
      let found = Excerpt.of(String(decoding: text[trimmed(cell, text)].prefix(80), as: UTF8.self))
      throw DatasetError(
        path,
        found.isEmpty
          ? "line \(line): column \(name) is empty"
          : "line \(line): column \(name) is \"\(found)\", which is no finite 32-bit number",
        remedy: "give a number, with a point for its decimals, or remove the line or the column")
    }
    return value
  }

  /// The number that a cell is; nil where it is none, or not finite.
  private func float(_ cell: Range<Int>, _ text: UnsafeBufferPointer<UInt8>) -> Float? {
    let own = trimmed(cell, text)
    guard !own.isEmpty, let base = text.baseAddress else { return nil }
    // What else strtof takes: spaces, hexadecimal numbers, "nan" and "infinity".
    guard text[own].allSatisfy({ (0x30...0x39).contains($0) || [0x2b, 0x2d, 0x2e, 0x45, 0x65].contains($0) })
    else {
      return nil
    }
    var end: UnsafeMutablePointer<CChar>?
    let value = UnsafeRawPointer(base + own.lowerBound).withMemoryRebound(
      to: CChar.self, capacity: own.count + 1
    ) {
      start -> Float? in
      let value = strtof(start, &end)
      return end.map { UnsafePointer($0) - start } == own.count ? value : nil
    }
    return value.flatMap { $0.isFinite ? $0 : nil }
  }
}
