import Foundation

/// A CSV file with a header (RFC 4180: quoted fields may hold commas, quotes and line breaks).
///
/// Columns are found by name, so a file may carry more of them than its reader knows.
package struct CSVTable: Sendable {
  /// The file's path, for error messages.
  package let file: String
  package let columns: [String]
  package let rows: [CSVRow]

  /// Parses `text`; `file` is named in errors.
  ///
  /// Throws `ReportError` where the header is missing or a row does not fit it.
  package init(_ text: String, file: String) throws {
    var records = try Self.records(of: text, file: file)
    guard !records.isEmpty else {
      throw ReportError(.data, "\(file) is empty: a header line is expected")
    }
    let header = records.removeFirst().fields.map { $0.trimmingCharacters(in: .whitespaces) }
    if let twice = header.first(where: { name in header.filter { $0 == name }.count > 1 }) {
      throw ReportError(.data, "\(file), line 1: the column '\(twice)' appears twice")
    }
    self.file = file
    columns = header
    rows = try records.map { record in
      guard record.fields.count == header.count else {
        throw ReportError(
          .data,
          "\(file), line \(record.line): \(record.fields.count) fields, but the header has \(header.count) "
            + "columns; the file is cut off or was edited")
      }
      return CSVRow(
        file: file, line: record.line,
        values: Dictionary(uniqueKeysWithValues: zip(header, record.fields)))
    }
  }

  /// Reads the file at `url`.
  package init(contentsOf url: URL) throws {
    try self.init(StudyFiles.text(of: url), file: url.path)
  }

  /// Throws unless each of `names` is a column.
  package func require(_ names: [String]) throws {
    let missing = names.filter { !columns.contains($0) }
    guard missing.isEmpty else {
      throw ReportError(
        .data,
        "\(file), line 1: no column '\(missing.joined(separator: "', '"))'; the columns are "
          + columns.joined(separator: ", "))
    }
  }

  private static func records(of text: String, file: String) throws -> [(line: Int, fields: [String])] {
    var records: [(line: Int, fields: [String])] = []
    var fields: [String] = []
    var field: [UInt8] = []
    var line = 1
    var start = 1
    var quoted = false
    var wasQuoted = false

    func closeField() {
      fields.append(String(decoding: field, as: UTF8.self))
      field.removeAll(keepingCapacity: true)
      wasQuoted = false
    }
    func closeRecord() {
      if fields.isEmpty && field.isEmpty && !wasQuoted { return }
      closeField()
      records.append((start, fields))
      fields.removeAll(keepingCapacity: true)
    }

    let bytes = Array(text.utf8)
    var index = 0
    while index < bytes.count {
      let byte = bytes[index]
      if byte == UInt8(ascii: "\n") { line += 1 }
      switch (byte, quoted) {
      case (UInt8(ascii: "\""), true):
        if index + 1 < bytes.count, bytes[index + 1] == UInt8(ascii: "\"") {
          field.append(byte)
          index += 1
        } else {
          quoted = false
        }
      case (_, true): field.append(byte)
      case (UInt8(ascii: "\""), false) where field.isEmpty:
        quoted = true
        wasQuoted = true
      case (UInt8(ascii: ","), false): closeField()
      case (UInt8(ascii: "\r"), false): break
      case (UInt8(ascii: "\n"), false):
        closeRecord()
        start = line
      default: field.append(byte)
      }
      index += 1
    }
    if quoted {
      throw ReportError(.data, "\(file), line \(start): a quoted field is never closed")
    }
    closeRecord()
    return records
  }
}

/// One row of a CSV file, by column name.
package struct CSVRow: Sendable {
  package let file: String
  package let line: Int
  package let values: [String: String]

  /// The text in `column`; nil where there is no such column or the field is empty.
  package func text(_ column: String) -> String? {
    guard let value = values[column]?.trimmingCharacters(in: .whitespaces), !value.isEmpty else { return nil }
    return value
  }

  /// The number in `column` (`nan` and `inf` included); nil where there is none.
  ///
  /// Throws `ReportError` where the field holds something else.
  package func number(_ column: String) throws -> Double? {
    guard let text = text(column) else { return nil }
    guard let value = Double(text) else {
      throw ReportError(.data, "\(file), line \(line): \(column) is '\(text)', which is not a number")
    }
    return value
  }

  /// The whole number in `column`; nil where there is none.
  package func integer(_ column: String) throws -> Int? {
    guard let value = try number(column), value.isFinite else { return nil }
    guard let integer = Int(exactly: value) else {
      throw ReportError(
        .data, "\(file), line \(line): \(column) is '\(values[column] ?? "")', which is not a whole number")
    }
    return integer
  }

  /// `value`, or an error that says that `column` is empty on this row.
  package func required<Value>(_ column: String, _ value: Value?) throws -> Value {
    guard let value else {
      throw ReportError(.data, "\(file), line \(line): \(column) is empty")
    }
    return value
  }
}
