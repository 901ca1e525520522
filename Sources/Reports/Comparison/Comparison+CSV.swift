import Files

extension Comparison {
  private static let columns = [
    "study", "folder", "strategy", "sparsity", "seeds", "test_accuracy", "test_accuracy_deviation",
    "train_accuracy",
    "nnz", "multiply_adds", "train_step_seconds", "inference_seconds", "device",
  ]

  /// Writes a line for each sparsity of each curve, means over seeds; what is not known is empty.
  ///
  /// - Throws: `FileError`.
  package func writeCSV(to path: String) throws {
    let rows = curves.flatMap { curve in
      curve.groups.map { group in
        let test = group.spread(\.testAccuracy)
        let numbers = [
          test?.mean, test?.deviation, group.spread(\.trainAccuracy)?.mean, group.spread(\.nnz)?.mean,
          group.spread(\.multiplied)?.mean, group.spread(\.trainStepSeconds)?.mean,
          group.spread(\.inferenceSeconds)?.mean,
        ]
        return [
          curve.study.name, curve.study.folder.relativePath, curve.strategy, Format.number(group.sparsity),
          String(group.finished.count),
        ] + numbers.map { $0.map { "\($0)" } ?? "" } + [curve.study.device ?? ""]
      }
    }
    try AtomicFile.write(CSVTable.text(columns: Self.columns, rows: rows), to: path)
  }
}
