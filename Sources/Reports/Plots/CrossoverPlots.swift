import Bench

/// Where sparse formats become faster than dense ones: the time of each form, as a share of the dense network's, against
/// sparsity, for training steps and for inference.
package struct CrossoverPlots: Sendable {
  package let plots: [Plot]

  package init(_ report: FormatBench.Report) {
    plots = ["weight", "neuron"].flatMap { strategy in
      let results = report.results.filter { $0.strategy == strategy }
      return [
        Self.plot(
          results, name: "Training", strategy, of: "a training step, batch \(report.batch)", \.stepRatio),
        Self.plot(
          results, name: "Inference", strategy, of: "inference of \(report.images) images", \.inferenceRatio),
      ].compactMap { $0 }
    }
  }

  private static func plot(
    _ results: [FormatBench.Result], name: String, _ strategy: String, of work: String,
    _ ratio: (FormatBench.Result) -> Double
  ) -> Plot? {
    let series = FormatBench.Form.allCases.enumerated().compactMap { index, form -> PlotSeries? in
      let points = results.filter { $0.form == form.rawValue }.compactMap { result in
        Spread([ratio(result)]).map { PlotPoint(x: result.sparsity, y: $0) }
      }
      guard !points.isEmpty else { return nil }
      return PlotSeries(
        label: form.rawValue, colour: Palette.strategy(index), marker: index, isDashed: form == .auto,
        points: points)
    }
    guard !series.isEmpty else { return nil }
    let title = "Time of \(work), \(Format.strategy(strategy)) pruning"
    let ends = series.map { "\($0.label) \(Format.compact($0.points.last?.y.mean ?? 0))" }
    return Plot(
      name: "Crossover_\(name)_\(strategy.prefix(1).uppercased())\(strategy.dropFirst())_Pruning",
      title: title,
      description: "\(title), a curve per format, the dense network's time being 1; at the highest sparsity: "
        + ends.joined(separator: ", ")
        + ".",
      x: .sparsity(results.map(\.sparsity), choice: .auto),
      y: .logarithmic("Time, dense = 1 (log scale)", values: series.flatMap(\.points).map(\.y.mean)),
      style: .points,
      keyTitle: nil, series: series)
  }
}
