import Foundation

extension Plot {
  /// The data file beside the script: a block per curve (gnuplot's `index`), its name in a comment.
  ///
  /// Columns: x, mean, mean less and plus one standard deviation (within 0...1), deviation, how many values, label.
  package var dataText: String {
    let header =
      "# \(Self.plain(title))\n# x mean low high deviation count label\n"
    return header
      + series.map { series in
        "# \(Self.plain(series.label))\n" + series.points.map(Self.line).joined()
      }.joined(separator: "\n\n")
  }

  private static func line(_ point: PlotPoint) -> String {
    let mean = point.y.mean
    let (low, high) = point.y.deviation.map { (max(mean - $0, 0), min(mean + $0, 1)) } ?? (mean, mean)
    let numbers = [point.x, mean, low, high, point.y.deviation ?? 0]
    return numbers.map { String(format: "%.9g", $0) }.joined(separator: " ")
      + " \(point.y.count) \"\(plain(point.label ?? ""))\"\n"
  }

  /// `text` on one line and without quotes, for comments and labels in the data file.
  static func plain(_ text: String) -> String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.filter { $0.properties.generalCategory != .control && $0 != "\"" && $0 != "\\" }))
  }
}
