/// The plots that a study's results give.
package struct StudyPlots: Sendable {
  package let plots: [Plot]

  /// The ten plots of the original study under its names, and those that it lacked; only what there is data for.
  package init(_ results: StudyResults, scale: ScaleChoice = .auto) {
    let builder = Builder(results: results, scale: scale)
    var plots: [Plot?] = []
    for strategy in results.strategies {
      plots.append(builder.epochs(strategy, .train))
      plots.append(builder.epochs(strategy, .test))
    }
    plots += results.strategies.map(builder.sparsities)
    plots += [builder.comparison(.train), builder.comparison(.test)]
    plots += [builder.parameters, builder.inferenceTime]
    self.plots = plots.compactMap { $0 }
  }
}

extension PlotSeries {
  /// The curve without its points before `epoch`.
  fileprivate func from(epoch: Double) -> PlotSeries {
    PlotSeries(
      label: label, colour: colour, marker: marker, isDashed: isDashed,
      points: points.filter { $0.x >= epoch })
  }
}

/// Which of the two accuracies a plot shows.
private enum Measure: CaseIterable {
  case train, test

  var word: String { self == .train ? "Train" : "Test" }

  func value(_ run: StudyRun) -> Double? { self == .train ? run.trainAccuracy : run.testAccuracy }

  func value(_ epoch: EpochMetrics) -> Double? {
    self == .train ? epoch.trainAccuracy : epoch.testAccuracy
  }
}

private struct Builder {
  let results: StudyResults
  let scale: ScaleChoice

  /// Accuracy against epoch, a curve per sparsity. Train and test pictures have the same axes.
  func epochs(_ strategy: String, _ measure: Measure) -> Plot? {
    let series = curves(strategy, measure)
    let both = Measure.allCases.flatMap { curves(strategy, $0) }
    guard !series.isEmpty, let last = both.flatMap(\.points).map(\.x).max() else { return nil }
    let isExtreme = strategy == "weight" && results.isExtreme
    // The first steps of training rise from chance: were they all on the axis, little else would be.
    let settled = scale == .auto && last >= 20 ? both.map { $0.from(epoch: last * 0.05) } : both
    return Plot(
      name: "\(measure.word)_Accuracy_\(Self.fileWord(strategy))_Pruning\(isExtreme ? "_2" : "")",
      title: "\(measure.word) accuracy, \(Format.strategy(strategy)) pruning\(seedsText)",
      description:
        "\(measure.word) accuracy against epoch for \(Format.strategy(strategy)) pruning, a curve per sparsity: "
        + series.compactMap { curve in
          curve.points.last.map { "\(curve.label) ends at \(Format.accuracy($0.y.mean))" }
        }.joined(separator: ", ") + ".",
      x: .epochs(last: Int(last)), y: accuracyAxis("\(measure.word) accuracy", settled), style: .curves,
      keyTitle: "Sparsity", series: series)
  }

  /// A curve per sparsity; in a one-shot study they go on from the end of the dense training, which is a curve itself.
  private func curves(_ strategy: String, _ measure: Measure) -> [PlotSeries] {
    let groups = results.groups(of: strategy)
    let dense = RunGroup(strategy: "dense", sparsity: 0, runs: results.denseTrainings).curve(measure.value)
    let start = dense.last.map { PlotPoint(x: Double($0.epoch), y: $0.spread) }
    let curves = zip(groups, Palette.ramp(groups.count)).enumerated().compactMap {
      index, pair -> PlotSeries? in
      let points = pair.0.curve(measure.value).map {
        PlotPoint(x: Double($0.epoch) + (start?.x ?? 0), y: $0.spread)
      }
      guard !points.isEmpty else { return nil }
      return PlotSeries(
        label: Format.sparsity(pair.0.sparsity) + progress(pair.0), colour: pair.1, marker: index,
        isDashed: !index.isMultiple(of: 2), points: (start.map { [$0] } ?? []) + points)
    }
    guard start != nil else { return curves }
    let training = PlotSeries(
      label: "dense training", colour: Palette.strategy(4), marker: groups.count,
      points: dense.map { PlotPoint(x: Double($0.epoch), y: $0.spread) })
    return [training] + curves
  }

  /// Train and test accuracy of one strategy against sparsity.
  func sparsities(_ strategy: String) -> Plot? {
    let place = results.strategies.firstIndex(of: strategy) ?? 0
    let colour = Palette.strategy(place)
    let series = [
      final(strategy, .train, label: "Train", colour: colour, marker: place + 6, isDashed: true),
      final(strategy, .test, label: "Test", colour: colour, marker: place),
    ].compactMap { $0 }
    return against(
      series, axisOf: series, name: "Accuracy_vs_Sparsity_for_\(Self.fileWord(strategy))_Pruning",
      title: "Accuracy against sparsity, \(Format.strategy(strategy)) pruning\(seedsText)", label: "Accuracy")
  }

  /// The strategies against sparsity.
  func comparison(_ measure: Measure) -> Plot? {
    guard results.strategies.count > 1 else { return nil }
    func series(_ measure: Measure) -> [PlotSeries] {
      results.strategies.enumerated().compactMap { index, strategy in
        final(
          strategy, measure, label: Self.title(strategy), colour: Palette.strategy(index), marker: index)
      }
    }
    return against(
      series(measure), axisOf: Measure.allCases.flatMap(series),
      name: "\(measure.word)ing_Accuracy_Comparison_for_different_Pruning_Strategies",
      title: "\(measure.word) accuracy of the strategies at equal sparsity\(seedsText)",
      label: "\(measure.word) accuracy")
  }

  /// Test accuracy against the weights that are left once dead units are removed: equal sparsity is not equal size.
  var parameters: Plot? {
    tradeoff(
      name: "Accuracy_vs_Parameters", title: "Test accuracy against weights that are multiplied",
      label: "Weights multiplied for an image (log scale)", factor: 1, { $0.multiplied ?? $0.nnz })
  }

  /// Test accuracy against the time that inference was measured to take.
  var inferenceTime: Plot? {
    let times = results.runs.compactMap(\.inferenceSeconds).filter { $0.isFinite && $0 > 0 }
    guard let longest = times.max() else { return nil }
    let inSeconds = longest >= 1
    let images = results.testImages.map { "\(Format.count(Double($0))) images" } ?? "the test set"
    return tradeoff(
      name: "Accuracy_vs_Inference_Time", title: "Test accuracy against measured inference time of \(images)",
      label: "Inference time of \(images), \(inSeconds ? "s" : "ms") (log scale)",
      factor: inSeconds ? 1 : 1000, \.inferenceSeconds)
  }

  /// - Parameter all: the curves that the axis has room for, also those of pictures to be laid beside this one.
  private func against(
    _ series: [PlotSeries], axisOf all: [PlotSeries], name: String, title: String, label: String
  ) -> Plot? {
    let places = series.flatMap(\.points).map(\.x)
    guard !places.isEmpty else { return nil }
    return Plot(
      name: name, title: title,
      description: "\(title): " + series.map(\.ends).joined(separator: "; ") + ".",
      x: .sparsity(places, choice: scale),
      y: accuracyAxis(label, all), style: .points, keyTitle: nil, series: series)
  }

  private func tradeoff(
    name: String, title: String, label: String, factor: Double, _ size: (StudyRun) -> Double?
  ) -> Plot? {
    let series = results.strategies.enumerated().compactMap { index, strategy -> PlotSeries? in
      let points = results.groups(of: strategy).compactMap { group -> PlotPoint? in
        guard let x = group.spread(size)?.mean, x > 0, let y = group.spread(\.testAccuracy) else {
          return nil
        }
        return PlotPoint(x: x * factor, y: y, label: Format.sparsity(group.sparsity))
      }
      guard !points.isEmpty else { return nil }
      return PlotSeries(
        label: Self.title(strategy), colour: Palette.strategy(index), marker: index, points: points)
    }
    guard !series.isEmpty else { return nil }
    return Plot(
      name: name, title: title + seedsText,
      description: "\(title), each point marked with its sparsity: "
        + series.map(\.ends).joined(separator: "; ") + ".",
      x: .logarithmic(label, values: series.flatMap(\.points).map(\.x)),
      y: .accuracy("Test accuracy", values: PlotSeries.extent(series), choice: scale, margin: 0.1),
      style: .points, keyTitle: nil, series: series)
  }

  private func final(
    _ strategy: String, _ measure: Measure, label: String, colour: Palette.Colour, marker: Int,
    isDashed: Bool = false
  ) -> PlotSeries? {
    let points = results.groups(of: strategy).compactMap { group in
      group.spread(measure.value).map { PlotPoint(x: group.sparsity, y: $0) }
    }
    guard !points.isEmpty else { return nil }
    return PlotSeries(label: label, colour: colour, marker: marker, isDashed: isDashed, points: points)
  }

  private func accuracyAxis(_ label: String, _ series: [PlotSeries]) -> Axis {
    .accuracy(label, values: PlotSeries.extent(series), choice: scale)
  }

  /// How far an unfinished curve is, for the key.
  private func progress(_ group: RunGroup) -> String {
    guard group.finished.isEmpty, let epochs = group.curveRuns.compactMap({ $0.metrics.last?.epoch }).min()
    else { return "" }
    let stopped = group.runs.contains { $0.stoppedReason != nil }
    return " (\(stopped ? "stopped at" : "epoch") \(epochs))"
  }

  private var seedsText: String {
    let seeds = results.seeds.count
    return seeds > 1 ? " (mean ± std of \(seeds) seeds)" : ""
  }

  private static func title(_ strategy: String) -> String {
    let word = Format.strategy(strategy)
    return "\(word.prefix(1).uppercased())\(word.dropFirst()) pruning"
  }

  /// `strategy` as part of a file name: its words capitalised, nothing but letters and digits.
  private static func fileWord(_ strategy: String) -> String {
    let words = strategy.split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
    return words.isEmpty ? "Other" : words.map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
  }
}
