import StudyFiles

/// The plots of a search: accuracy against time, bytes and multiply-adds.
package struct ShrinkPlots: Sendable {
  package let plots: [Plot]

  /// What networks are shown by, and in what order.
  private static let kinds = [
    ("original", "as it came"), ("units", "units pruned"), ("weights", "weights pruned, too"),
    ("longer", "trained longer"), ("uniform", "the same share of all layers"),
  ]

  package init(_ rows: [ShrinkRow]) {
    let quantities: [(String, String, (ShrinkRow) -> Double)] = [
      ("Accuracy_vs_Inference", "Milliseconds of the held-out images", { $0.inferenceSeconds * 1000 }),
      ("Accuracy_vs_Bytes", "Bytes of the file", { Double($0.diskBytes) }),
      ("Accuracy_vs_Multiply_Adds", "Multiply-adds for an image", { Double($0.macs) }),
    ]
    plots = quantities.map { name, label, value in
      let series = Self.kinds.enumerated().compactMap { index, kind -> PlotSeries? in
        let points = rows.filter { $0.kind == kind.0 && $0.accuracy.isFinite }.compactMap { row in
          Spread([row.accuracy]).map { PlotPoint(x: value(row), y: $0) }
        }.sorted { $0.x < $1.x }
        guard !points.isEmpty else { return nil }
        return PlotSeries(label: kind.1, colour: Palette.strategy(index), marker: index, points: points)
      }
      let title = "Held-out accuracy and \(label.prefix(1).lowercased())\(label.dropFirst())"
      return Plot(
        name: name, title: title,
        description: "\(title): " + series.map(\.ends).joined(separator: "; ") + ".",
        x: .logarithmic(label, values: series.flatMap(\.points).map(\.x)),
        y: .accuracy("Held-out accuracy", values: PlotSeries.extent(series), choice: .auto, margin: 0.08),
        style: .points, keyTitle: nil, series: series)
    }
  }
}
