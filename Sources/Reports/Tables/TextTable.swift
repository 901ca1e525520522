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
  package var text: String { lines(Array(titles.indices), titles: titles.map { [$0] }, gap: 2) }

  /// The same in lines of at most `width` cells, as far as cells allow: where a table is too wide its titles take several
  /// lines, then its columns move closer, and at last those without room follow in a table below, after the first column.
  package func text(width: Int) -> String {
    let all = Array(titles.indices)
    let folded = titles.map { $0.split(separator: " ").map(String.init) }
    if total(all, titles: titles.map { [$0] }, gap: 2) <= width { return text }
    if let gap = [2, 1].first(where: { total(all, titles: folded, gap: $0) <= width }) {
      return lines(all, titles: folded, gap: gap)
    }
    var blocks = [[0]]
    for column in all.dropFirst() {
      let last = blocks[blocks.count - 1]
      if last.count > 1, total(last + [column], titles: folded, gap: 2) > width {
        blocks.append([0, column])
      } else {
        blocks[blocks.count - 1].append(column)
      }
    }
    return blocks.map { lines($0, titles: folded, gap: 2) }.joined(separator: "\n")
  }

  private func width(of column: Int, title: [String]) -> Int {
    (title + rows.map { $0[column] }).map(Self.width).max() ?? 0
  }

  private func total(_ columns: [Int], titles: [[String]], gap: Int) -> Int {
    columns.reduce(0) { $0 + width(of: $1, title: titles[$1]) } + gap * (columns.count - 1)
  }

  /// Some of the columns, with titles of one line or several.
  private func lines(_ columns: [Int], titles: [[String]], gap: Int) -> String {
    let separator = String(repeating: " ", count: gap)
    let widths = columns.map { width(of: $0, title: titles[$0]) }
    let trailing = columns.map { column in
      switch alignments[column] {
      case .leading: false
      case .trailing: true
      case .automatic: Self.isNumeric(rows.map { $0[column] })
      }
    }
    func line(_ cells: [String]) -> String {
      let padded = cells.indices.map { place in
        let blanks = String(repeating: " ", count: widths[place] - Self.width(cells[place]))
        return trailing[place] ? blanks + cells[place] : cells[place] + blanks
      }
      var text = padded.joined(separator: separator)
      while text.last == " " { text.removeLast() }
      return text + "\n"
    }
    let height = columns.map { titles[$0].count }.max() ?? 0
    let heads = (0..<height).map { row in
      // Short titles stand on the rule.
      line(columns.map { titles[$0].count + row < height ? "" : titles[$0][titles[$0].count + row - height] })
    }
    let rule = widths.map { String(repeating: "─", count: $0) }.joined(separator: separator) + "\n"
    return heads.joined() + rule + rows.map { row in line(columns.map { row[$0] }) }.joined()
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
