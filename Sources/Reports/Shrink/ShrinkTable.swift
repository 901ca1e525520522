import StudyFiles

/// What a search tried, a row each, beside the network as it came.
package struct ShrinkTable {
  private let rows: [ShrinkRow]

  package init(_ rows: [ShrinkRow]) { self.rows = rows }

  /// The columns' titles.
  static let titles = [
    "network", "held-out acc.", "less", "within", "ms", "faster", "step ms", "bytes", "smaller", "macs",
    "weights",
  ]

  /// A row's cells.
  func cells(_ row: ShrinkRow) -> [String] {
    let first = rows.first ?? row
    return [
      row.name, Format.accuracy(row.accuracy),
      row.kind == "original"
        ? ""
        : "\(Format.points(row.drop).trimmingPrefix("+")) ± \(Format.points(row.dropError).trimmingPrefix("+"))",
      row.kind == "original" ? "" : row.isWithin ? "yes" : "no", Format.milliseconds(row.inferenceSeconds),
      Format.ratio(first.inferenceSeconds / row.inferenceSeconds), Format.milliseconds(row.stepSeconds),
      Format.bytes(Double(row.diskBytes)), Format.ratio(Double(first.diskBytes) / Double(row.diskBytes)),
      Format.count(Double(row.macs)), Format.count(Double(row.survivors)),
    ]
  }

  /// For a terminal of so many columns.
  package func text(width: Int) -> String {
    var table = TextTable(Self.titles)
    for row in rows { table.append(cells(row)) }
    return table.text(width: width)
  }
}
