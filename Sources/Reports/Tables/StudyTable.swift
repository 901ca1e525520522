/// A study's results as a table for the terminal: a row per run, or per sparsity with several seeds.
package struct StudyTable: Sendable {
  private let results: StudyResults

  package init(_ results: StudyResults) {
    self.results = results
  }

  /// The table in lines of at most `width` cells, above it what the study is about, and under it a line for each run that
  /// has no result, or one that needs a note.
  package func text(width: Int) -> String {
    let groups = results.groups
    let several = results.seeds.count > 1
    let measured = results.runs.contains { $0.trainSpeedup != nil }
    var titles = ["pruning", "train acc.", "test acc.", "nnz", "macs", "seconds"]
    if measured { titles += ["train speedup", "infer. speedup", "on disk"] }
    if several { titles.append("seeds") }
    var table = TextTable(
      titles, alignments: [.leading] + Array(repeating: .trailing, count: titles.count - 1))
    for group in groups where !group.finished.isEmpty {
      var cells = [
        "\(results.strategyText(group.strategy, sparsity: group.sparsity)) \(Format.sparsity(group.sparsity))",
        Format.accuracy(group.spread(\.trainAccuracy)), Format.accuracy(group.spread(\.testAccuracy)),
        Format.count(group.spread(\.nnz)?.mean), Format.count(group.spread(\.multiplied)?.mean),
        Format.seconds(group.spread(\.seconds)),
      ]
      if measured {
        cells += [
          Format.ratio(group.spread(\.trainSpeedup)?.mean),
          Format.ratio(group.spread(\.inferenceSpeedup)?.mean),
          Format.bytes(group.spread(\.diskBytes)?.mean),
        ]
      }
      if several { cells.append(String(group.finished.count)) }
      table.append(cells)
    }
    let head = results.description.map { Format.lines($0, width: width) + "\n" } ?? ""
    return head + table.text(width: width) + (denseTrainings + warnings).map { $0 + "\n" }.joined()
  }

  /// The trainings that the runs of a one-shot study have in common.
  private var denseTrainings: [String] {
    results.denseTrainings.map { run in
      "dense training, seed \(run.key.seed): \(run.metrics.count) epoch\(run.metrics.count == 1 ? "" : "s"), train "
        + "\(Format.accuracy(run.trainAccuracy)), test \(Format.accuracy(run.testAccuracy)), "
        + "\(Format.seconds(run.seconds)) s"
    }
  }

  private var warnings: [String] {
    results.runs.compactMap { run in
      switch run.state {
      case .finished: run.note.map { "\(run.key.name): \($0)" }
      case .unfinished(let epochs):
        "\(run.key.name): unfinished after \(results.epochsText(epochs))"
      case .stopped(let reason):
        "\(run.key.name): \(reason)\(run.note.map { ", \($0)" } ?? "")"
      }
    }
  }
}

extension StudyResults {
  /// `41 of 100 epochs`.
  package func epochsText(_ epochs: Int) -> String {
    guard let expectedEpochs else { return epochs == 1 ? "1 epoch" : "\(epochs) epochs" }
    return "\(epochs) of \(expectedEpochs) epochs"
  }
}
