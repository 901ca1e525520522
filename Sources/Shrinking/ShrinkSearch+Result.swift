import Backends
import GraphExec
import ModelEvaluation
import ModelFiles
import StudyFiles
import Timing

extension ShrinkSearch {
  /// Tests the original and the best network on the images that no choice has seen, measures both in turns, and writes the
  /// best one and what it came to.
  ///
  /// - Returns: nil where no smaller network was within the drop.
  package func finish() throws -> (result: ShrinkResult, model: StoredModel)? {
    guard let first = rows.first, let best, best.kind != "original" else { return nil }
    let stored = try model(best)
    let networks = try [model(first), stored].map {
      try Inference($0, on: backend, batchSize: Evaluation.batchSize)
    }
    var times: [[Double]] = [[], []]
    for _ in 0..<3 {
      for index in networks.indices {
        times[index].append(
          try networks[index].leastLatency(of: data.test.set, budget: .milliseconds(500)).seconds)
      }
    }
    let found = try networks.map {
      try Self.correct($0.outputs(of: data.test.set), data.test.labels, classes: data.classes)
    }
    func side(_ row: ShrinkRow, _ index: Int) -> ShrinkResult.Side {
      ShrinkResult.Side(
        name: row.name, accuracy: Double(found[index].count { $0 }) / Double(found[index].count),
        inferenceSeconds: times[index].min() ?? .nan, stepSeconds: row.stepSeconds,
        diskBytes: row.diskBytes,
        macs: row.macs, survivors: row.survivors, widths: row.widths)
    }
    let count = data.test.labels.count
    let differing = zip(found[0], found[1]).count { $0 != $1 }
    let result = ShrinkResult(
      original: side(first, 0), best: side(best, 1), images: count,
      dropError: Double(differing).squareRoot() / Double(count), maximumDrop: settings.maximumDrop,
      target: settings.target.rawValue, heldOut: data.origin, device: backend.summary.name)
    try stored.file.write(to: folder.best)
    try result.write(to: folder.result)
    return (result, stored)
  }
}
