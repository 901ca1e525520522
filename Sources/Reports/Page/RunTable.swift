import Files

/// A table of the page: its columns, and rows whose cells carry what they sort by.
struct RunTable: Sendable {
  struct Column: Sendable {
    let title: String
    let isNumeric: Bool
  }

  struct Cell: Sendable {
    let text: String
    /// The number that the cell sorts by; nil sorts by the text.
    let order: String?
    let isNumeric: Bool
  }

  struct Row: Sendable {
    let cells: [Cell]
  }

  let title: String
  let columns: [Column]
  let rows: [Row]

  /// A row per run: accuracies, sizes and what the study noted, columns that Whittle's summary gained since included.
  static func everyRun(_ results: StudyResults) -> RunTable {
    let state = Quantity("State", isNumeric: false) { run, results in (results.stateText(run), nil) }
    let note = Quantity("Note", isNumeric: false) { run, _ in (run.note ?? "", nil) }
    let showsState = results.runs.contains { !$0.isFinished }
    let showsNote = results.runs.contains { $0.note != nil }
    let extra = extraColumns(results).map { name in
      Quantity(name.replacing("_", with: " ")) { run, _ in
        let text = run.summary?.text(name) ?? ""
        return (text, Double(text))
      }
    }
    return RunTable(
      "Every run", results, trained, others: extra + (showsState ? [state] : []) + (showsNote ? [note] : []))
  }

  /// A row per run: what its network was measured to cost, nil for a study that was not measured. A table of its own, since
  /// one of all columns is wider than a page.
  static func costs(_ results: StudyResults) -> RunTable? {
    guard results.runs.contains(where: { $0.trainSpeedup != nil || $0.inferenceSeconds != nil }) else {
      return nil
    }
    let formats = Quantity("Layers held as", isNumeric: false) { run, _ in
      (Format.layerFormats(run.formats), nil)
    }
    let showsFormats = results.runs.contains { !$0.formats.isEmpty }
    return RunTable(
      "What every run's network costs, measured", results, measured, others: showsFormats ? [formats] : [])
  }

  /// A row per run: its name, those of `quantities` that any run has, and `others`.
  private init(
    _ title: String, _ results: StudyResults, _ quantities: [Quantity], others: [Quantity]
  ) {
    let name = [
      Quantity("Strategy", isNumeric: false) { run, results in
        (results.strategyText(run.key.strategy, sparsity: run.key.sparsity), nil)
      },
      Quantity("Sparsity") { run, _ in (Format.sparsity(run.key.sparsity), run.key.sparsity) },
      Quantity("Seed") { run, _ in (String(run.key.seed), Double(run.key.seed)) },
    ]
    let shown = quantities.filter { quantity in
      results.runs.contains { quantity.value($0, results).1 != nil }
    }
    let all = name + shown + others
    self.init(
      title: title, columns: all.map { Column(title: $0.title, isNumeric: $0.isNumeric) },
      rows: results.runs.map { run in Row(cells: all.map { $0.cell(run, results) }) })
  }

  private init(title: String, columns: [Column], rows: [Row]) {
    self.title = title
    self.columns = columns
    self.rows = rows
  }

  /// A row per strategy and sparsity, with means and deviations over the seeds.
  static func means(_ results: StudyResults) -> RunTable {
    let groups = results.groups.filter { !$0.finished.isEmpty }
    let shown = spreads.filter { column in groups.contains { $0.spread(column.value) != nil } }
    let columns =
      [Column(title: "Strategy", isNumeric: false), Column(title: "Sparsity", isNumeric: true)]
      + shown.map { Column(title: $0.title, isNumeric: true) } + [Column(title: "Seeds", isNumeric: true)]
    let rows = groups.map { group in
      Row(
        cells: [
          Cell(
            text: results.strategyText(group.strategy, sparsity: group.sparsity), order: nil,
            isNumeric: false),
          Cell(text: Format.sparsity(group.sparsity), order: Format.number(group.sparsity), isNumeric: true),
        ]
          + shown.map { column in
            let spread = group.spread(column.value)
            return Cell(
              text: spread.map(column.format) ?? "–", order: spread.map { Format.number($0.mean) },
              isNumeric: true)
          } + [Cell(text: String(group.finished.count), order: String(group.finished.count), isNumeric: true)]
      )
    }
    return RunTable(title: "Mean over seeds", columns: columns, rows: rows)
  }

  private struct Quantity: Sendable {
    let title: String
    let isNumeric: Bool
    let value: @Sendable (StudyRun, StudyResults) -> (String, Double?)

    init(
      _ title: String, isNumeric: Bool = true,
      _ value: @escaping @Sendable (StudyRun, StudyResults) -> (String, Double?)
    ) {
      self.title = title
      self.isNumeric = isNumeric
      self.value = value
    }

    func cell(_ run: StudyRun, _ results: StudyResults) -> Cell {
      let (text, number) = value(run, results)
      let order = number.flatMap { $0.isFinite ? Format.number($0) : nil }
      return Cell(text: text, order: order, isNumeric: isNumeric)
    }
  }

  private static let trained: [Quantity] = [
    Quantity("Train accuracy") { run, _ in (Format.accuracy(run.trainAccuracy), run.trainAccuracy) },
    Quantity("Test accuracy") { run, _ in (Format.accuracy(run.testAccuracy), run.testAccuracy) },
    Quantity("Against control, points") { run, results in
      let difference = results.difference(run)
      return (Format.points(difference), difference)
    },
    Quantity("Surviving parameters") { run, _ in (Format.count(run.nnz), run.nnz) },
    Quantity("Multiplied") { run, _ in (Format.count(run.multiplied), run.multiplied) },
    Quantity("Compression") { run, _ in (Format.ratio(run.compressionRatio), run.compressionRatio) },
    Quantity("Theoretical speedup") { run, _ in (Format.ratio(run.theoreticalSpeedup), run.theoreticalSpeedup)
    },
    Quantity("Training seconds") { run, _ in (Format.seconds(run.seconds), run.seconds) },
  ]

  private static let measured: [Quantity] = [
    Quantity("Training speedup") { run, _ in (Format.ratio(run.trainSpeedup), run.trainSpeedup) },
    Quantity("Inference speedup") { run, _ in
      (Format.ratio(run.inferenceSpeedup), run.inferenceSpeedup)
    },
    Quantity("Training step, ms") { run, _ in
      (Format.milliseconds(run.trainStepSeconds), run.trainStepSeconds)
    },
    Quantity("Test set inference, ms") { run, _ in
      (Format.milliseconds(run.inferenceSeconds), run.inferenceSeconds)
    },
    Quantity("On the device") { run, _ in (Format.bytes(run.deviceBytes), run.deviceBytes) },
    Quantity("On disk") { run, _ in (Format.bytes(run.diskBytes), run.diskBytes) },
    Quantity("Largest logit difference") { run, _ in
      (Format.difference(run.maxLogitDifference), run.maxLogitDifference)
    },
  ]

  private struct SpreadColumn: Sendable {
    let title: String
    let value: @Sendable (StudyRun) -> Double?
    let format: @Sendable (Spread) -> String
  }

  private static let spreads: [SpreadColumn] = [
    SpreadColumn(title: "Train accuracy", value: { $0.trainAccuracy }, format: { Format.accuracy($0) }),
    SpreadColumn(title: "Test accuracy", value: { $0.testAccuracy }, format: { Format.accuracy($0) }),
    SpreadColumn(title: "Surviving parameters", value: { $0.nnz }, format: { Format.count($0.mean) }),
    SpreadColumn(title: "Multiplied", value: { $0.multiplied }, format: { Format.count($0.mean) }),
    SpreadColumn(title: "Compression", value: { $0.compressionRatio }, format: { Format.ratio($0.mean) }),
    SpreadColumn(
      title: "Theoretical speedup", value: { $0.theoreticalSpeedup }, format: { Format.ratio($0.mean) }),
    SpreadColumn(
      title: "Training speedup", value: { $0.trainSpeedup }, format: { Format.ratio($0) }),
    SpreadColumn(
      title: "Inference speedup", value: { $0.inferenceSpeedup }, format: { Format.ratio($0) }),
    SpreadColumn(title: "On the device", value: { $0.deviceBytes }, format: { Format.bytes($0.mean) }),
    SpreadColumn(title: "On disk", value: { $0.diskBytes }, format: { Format.bytes($0.mean) }),
    SpreadColumn(title: "Seconds", value: { $0.seconds }, format: { Format.seconds($0) }),
  ]

  /// The summary's columns that no other column of the table shows, in no run empty throughout.
  private static func extraColumns(_ results: StudyResults) -> [String] {
    let known: Set<String> = [
      "strategy", "sparsity", "seed", "train_accuracy", "test_accuracy", "nnz", "params", "macs",
      "compression_ratio", "theoretical_speedup", "seconds", "status", "note",
      // The head of the page says them.
      "criterion", "scope",
      // The strategy's cell says it.
      "control",
    ]
    return results.summaryColumns.filter { name in
      !known.contains(name) && results.runs.contains { $0.summary?.text(name) != nil }
    }
  }
}

extension StudyResults {
  /// The run's test accuracy less the mean of its control's, as a fraction.
  func difference(_ run: StudyRun) -> Double? {
    guard run.key.sparsity > 0, let accuracy = run.testAccuracy,
      let control = controlAccuracies[run.key.strategy]
    else { return nil }
    return accuracy - control.mean
  }

  func stateText(_ run: StudyRun) -> String {
    switch run.state {
    case .finished: "finished"
    case .unfinished(let epochs): "at \(epochsText(epochs))"
    case .stopped(let reason): reason
    }
  }
}
