/// The replicates of one strategy at one sparsity: the same run with different seeds.
package struct RunGroup: Sendable {
  package let strategy: String
  package let sparsity: Double
  package let runs: [StudyRun]

  package init(strategy: String, sparsity: Double, runs: [StudyRun]) {
    self.strategy = strategy
    self.sparsity = sparsity
    self.runs = runs
  }

  package var finished: [StudyRun] { runs.filter(\.isFinished) }

  /// Mean and deviation of `quantity` over the finished runs.
  package func spread(_ quantity: (StudyRun) -> Double?) -> Spread? {
    Spread(finished.map(quantity))
  }

  /// The runs that a curve against epochs averages: the finished ones, or while there is none yet, all.
  package var curveRuns: [StudyRun] {
    let finished = finished.filter { !$0.metrics.isEmpty }
    return finished.isEmpty ? runs.filter { !$0.metrics.isEmpty } : finished
  }

  /// Mean and deviation of `quantity` for each epoch that all of `curveRuns` reached, in order.
  package func curve(_ quantity: (EpochMetrics) -> Double?) -> [(epoch: Int, spread: Spread)] {
    let runs = curveRuns
    var values: [Int: [Double?]] = [:]
    for run in runs {
      for row in run.metrics { values[row.epoch, default: []].append(quantity(row)) }
    }
    return values.filter { $0.value.count == runs.count }.sorted { $0.key < $1.key }
      .compactMap { epoch, values in Spread(values).map { (epoch, $0) } }
  }
}
