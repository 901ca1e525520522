/// A study's results as a table for the terminal: a row per run, or per sparsity with several seeds.
package struct StudyTable: Sendable {
  private let results: StudyResults

  package init(_ results: StudyResults) {
    self.results = results
  }

  /// The table, and under it a line for each run that has no result, or one that needs a remark.
  package var text: String {
    let groups = results.groups
    let several = results.seeds.count > 1
    var titles = [
      "strategy", "sparsity", "train accuracy", "test accuracy", "nnz", "compression", "seconds",
    ]
    let measured = results.runs.contains { $0.trainSpeedup != nil }
    if measured { titles += ["train speedup", "inference speedup", "on disk"] }
    if several { titles.append("seeds") }
    var table = TextTable(
      titles, alignments: [.leading] + Array(repeating: .trailing, count: titles.count - 1))
    for group in groups where !group.finished.isEmpty {
      var cells = [
        group.strategy, Format.sparsity(group.sparsity),
        Format.accuracy(group.spread(\.trainAccuracy)), Format.accuracy(group.spread(\.testAccuracy)),
        Format.count(group.spread(\.nnz)?.mean), Format.ratio(group.spread(\.compressionRatio)?.mean),
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
    return table.text + remarks.map { $0 + "\n" }.joined()
  }

  private var remarks: [String] {
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
