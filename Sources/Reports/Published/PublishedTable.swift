import Foundation

/// What a study came to, beside what was published and what it was to reach.
package struct PublishedTable: Sendable {
  private let study: PublishedStudy
  private let results: StudyResults

  package init(_ study: PublishedStudy, _ results: StudyResults) {
    (self.study, self.results) = (study, results)
  }

  /// The table in lines of at most `width` cells, under it the sources and how the protocol differs.
  package func text(width: Int) -> String {
    var table = TextTable(
      ["pruning", "nnz", "last epoch", "best epoch", "seeds", "published", "to reach", ""],
      alignments: [.leading, .trailing, .trailing, .trailing, .trailing, .leading, .trailing, .leading])
    for group in results.groups where !group.finished.isEmpty {
      let figures = study.published.filter { $0.strategy == group.strategy && $0.sparsity == group.sparsity }
      let goal = goal(of: group)
      table.append([
        "\(results.strategyText(group.strategy, sparsity: group.sparsity)) \(Format.sparsity(group.sparsity))",
        Format.count(group.spread(\.nnz)?.mean), Format.accuracy(group.spread(\.testAccuracy)),
        Format.accuracy(Self.best(of: group)), String(group.finished.count),
        figures.map { "\(Self.percent($0.accuracy)) \($0.method)" }.joined(separator: ", "),
        goal.map(Self.percent) ?? "", goal.map { verdict(group, $0) } ?? "",
      ])
    }
    var sources: [String] = []
    for figure in study.published where !sources.contains("\(figure.method): \(figure.source)") {
      sources.append("\(figure.method): \(figure.source)")
    }
    return study.title + "\n" + table.text(width: width)
      + sources.map { Format.lines($0, width: width) }.joined()
      + (study.differences.isEmpty ? "" : "What differs in the protocol:\n")
      + study.differences.map { Format.lines("- \($0)", width: width) }.joined()
  }

  /// Accuracies in percent that a group's mean is to reach.
  private func goal(of group: RunGroup) -> Double? {
    guard
      let goal = study.goals.first(where: { $0.strategy == group.strategy && $0.sparsity == group.sparsity })
    else { return nil }
    if let accuracy = goal.accuracy { return accuracy }
    let dense = results.groups.first { $0.sparsity == 0 }
    return dense?.spread(\.testAccuracy).map { $0.mean * 100 }
  }

  /// As the table shows it: a mean that reads as the goal has reached it.
  private func verdict(_ group: RunGroup, _ goal: Double) -> String {
    guard let mean = group.spread(\.testAccuracy)?.mean else { return "" }
    return (mean * 10_000).rounded() >= (goal * 100).rounded() ? "reached" : "missed"
  }

  /// The best epoch of each run on the test images, which no choice may look at: some papers report it. Of a run that is pruned
  /// step by step only those count in which all of it was done.
  private static func best(of group: RunGroup) -> Spread? {
    group.spread { run in
      run.metrics.filter { $0.nnz == run.metrics.last?.nnz }.compactMap(\.testAccuracy).max()
    }
  }

  private static func percent(_ accuracy: Double) -> String {
    let text = String(format: "%.2f", accuracy)
    return (text.hasSuffix("0") ? String(text.dropLast()) : text) + "%"
  }
}
