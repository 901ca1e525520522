import StudyFiles

/// A run's confusion matrix, as the page shows it.
struct ConfusionTable: Sendable {
  struct Cell: Sendable {
    let text: String
    /// How dark it is, in percent: the share of the class's images.
    let share: Int
    let isRight: Bool
  }

  struct Row: Sendable {
    let name: String
    let cells: [Cell]
    /// The share of the class's images whose class was found.
    let accuracy: String
  }

  let title: String
  let classes: [String]
  let rows: [Row]

  /// More classes than a page has room for.
  private static let mostClasses = 64

  /// Nil for a run that has none, or too many classes.
  init?(_ run: StudyRun, of results: StudyResults) {
    guard let confusion = run.confusion, confusion.classes.count <= Self.mostClasses else { return nil }
    let strategy = results.strategyText(run.key.strategy, sparsity: run.key.sparsity)
    title =
      RunKey(strategy: strategy, sparsity: run.key.sparsity, seed: run.key.seed).name
      + (run.testAccuracy.map { ": \(Format.accuracy($0))" } ?? "")
    classes = confusion.classes
    rows = zip(confusion.classes, confusion.counts).enumerated().map { index, row in
      let (name, counts) = row
      let all = counts.reduce(0, +)
      return Row(
        name: name,
        cells: counts.enumerated().map { column, count in
          Cell(
            text: count == 0 ? "" : "\(count)", share: all == 0 ? 0 : (100 * count + all / 2) / all,
            isRight: column == index)
        }, accuracy: all == 0 ? "" : Format.accuracy(Double(counts[index]) / Double(all)))
    }
  }

  /// Those of a study: of each strategy and sparsity the first seed that has one.
  static func tables(_ results: StudyResults) -> [ConfusionTable] {
    var shown: Set<RunKey> = []
    return results.runs.filter(\.isFinished).compactMap { run in
      let group = RunKey(strategy: run.key.strategy, sparsity: run.key.sparsity, seed: 0)
      guard !shown.contains(group), let table = ConfusionTable(run, of: results) else { return nil }
      shown.insert(group)
      return table
    }
  }
}
