/// A table of text for the terminal, its columns aligned.
///
/// Cells may hold any Unicode text: widths are counted in terminal cells, and control characters are dropped.
package struct TextTable: Sendable {
  /// Where a column's text stands.
  package enum Alignment: Sendable {
    case leading
    case trailing
    /// Trailing where every filled cell reads as a number, else leading.
    case automatic
  }

  private let titles: [String]
  private let alignments: [Alignment]
  private var rows: [[String]] = []

  /// A table without rows; `alignments` may be shorter than `titles`, the rest is automatic.
  package init(_ titles: [String], alignments: [Alignment] = []) {
    self.titles = titles.map(Self.clean)
    self.alignments = titles.indices.map { $0 < alignments.count ? alignments[$0] : .automatic }
  }

  /// Adds a row; missing cells are empty, those beyond the titles are dropped.
  package mutating func append(_ cells: [String]) {
    rows.append(titles.indices.map { $0 < cells.count ? Self.clean(cells[$0]) : "" })
  }

  /// The titles, a rule and the rows, each line without trailing blanks and ending in a line break.
  package var text: String {
    let widths = titles.indices.map { column in
      ([titles[column]] + rows.map { $0[column] }).map(Self.width).max() ?? 0
    }
    let trailing = titles.indices.map { column in
      switch alignments[column] {
      case .leading: false
      case .trailing: true
      case .automatic: Self.isNumeric(rows.map { $0[column] })
      }
    }
    func line(_ cells: [String]) -> String {
      let padded = cells.indices.map { column in
        let blanks = String(repeating: " ", count: widths[column] - Self.width(cells[column]))
        return trailing[column] ? blanks + cells[column] : cells[column] + blanks
      }
      var text = padded.joined(separator: "  ")
      while text.last == " " { text.removeLast() }
      return text + "\n"
    }
    let rule = widths.map { String(repeating: "─", count: $0) }.joined(separator: "  ") + "\n"
    return line(titles) + rule + rows.map(line).joined()
  }

  /// How many terminal cells `text` takes.
  package static func width(_ text: String) -> Int {
    text.reduce(0) { sum, character in
      guard let first = character.unicodeScalars.first else { return sum }
      let category = first.properties.generalCategory
      if category == .nonspacingMark || category == .enclosingMark || category == .format { return sum }
      return sum + (isWide(first) || character.unicodeScalars.contains("\u{FE0F}") ? 2 : 1)
    }
  }

  /// East Asian wide and full-width characters, and pictures (Unicode Standard Annex 11).
  private static func isWide(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.properties.isEmojiPresentation { return true }
    switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3,
      0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1FAFF,
      0x20000...0x3FFFD:
      return true
    default: return false
    }
  }

  private static func clean(_ text: String) -> String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
  }

  private static func isNumeric(_ cells: [String]) -> Bool {
    let filled = cells.filter { !$0.isEmpty && $0 != "–" }
    return !filled.isEmpty
      && filled.allSatisfy { cell in
        var text = cell[...]
        if let sign = text.first, "+-−<>≤≥~".contains(sign) { text = text.dropFirst() }
        return text.first.map { $0.isNumber || $0 == "." } == true
          || ["nan", "inf"].contains(text.lowercased())
      }
  }
}
