/// The plots of several studies: test accuracy against each quantity that they can be compared at.
package struct ComparisonPlots: Sendable {
  package let plots: [Plot]

  package init(_ comparison: Comparison, scale: ScaleChoice = .auto) {
    plots = comparison.quantities.compactMap { Self.plot(comparison, $0, scale) }
  }

  private static func plot(
    _ comparison: Comparison, _ quantity: ComparedQuantity, _ scale: ScaleChoice
  ) -> Plot? {
    // Times are shown in milliseconds.
    let factor = quantity.isMeasured ? 1000.0 : 1
    let series = comparison.curves.enumerated().compactMap { index, curve -> PlotSeries? in
      let points = curve.groups.compactMap { group -> PlotPoint? in
        guard let x = group.spread(quantity.value)?.mean, x > 0 || quantity == .sparsity,
          let y = group.spread(\.testAccuracy)
        else { return nil }
        let label = quantity == .sparsity ? nil : Format.sparsity(group.sparsity)
        return PlotPoint(x: x * factor, y: y, label: label)
      }
      guard !points.isEmpty else { return nil }
      return PlotSeries(
        label: curve.label, colour: Palette.strategy(index), marker: index,
        isDashed: index >= Palette.hueCount, points: points)
    }
    guard !series.isEmpty else { return nil }
    let places = series.flatMap(\.points).map(\.x)
    let title = "Test accuracy of \(comparison.studies.count) studies at equal \(quantity.words)"
    return Plot(
      name: "Comparison_at_equal_\(quantity.fileWord)", title: title,
      description: "\(title): " + series.map(\.ends).joined(separator: "; ") + ".",
      x: quantity == .sparsity
        ? .sparsity(places, choice: scale) : .logarithmic(quantity.axisLabel, values: places),
      y: .accuracy("Test accuracy", values: PlotSeries.extent(series), choice: scale, margin: 0.08),
      style: .points, keyTitle: nil, series: series)
  }
}
