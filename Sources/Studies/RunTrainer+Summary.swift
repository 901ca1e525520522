import GraphExec
import Pruning
import StudyFiles
import Text

/// What comes of a run, as its row.
extension RunTrainer {
  /// The row of a run that could not begin.
  func failedRow(_ failure: RunFailure) -> SummaryRow {
    let counts = network.parameters.map {
      LayerCount(survivors: $0.count, revived: 0, notFinite: 0, liveColumns: $0.columns)
    }
    return summary(RunHistory(), counts: counts, masks: nil, failure: failure)
  }

  /// The row of a run that has ended.
  ///
  /// - Parameter masks: nil where nothing is pruned.
  func summary(
    _ history: RunHistory, counts: [LayerCount], masks: [[UInt8]]?, failure: RunFailure? = nil
  ) -> SummaryRow {
    let masks = run.sparsity > 0 ? masks : nil
    let survivors = Survivors(network: network, counts: counts, masks: masks)
    var notes = failure.map { [$0.reason] } ?? []
    if failure == nil, run.sparsity > 0, survivors.nnz == survivors.params { notes.append(nothingPruned) }
    let collapsed = survivors.collapsed.map { network[$0].label }
    if !collapsed.isEmpty {
      notes.append(
        "\(collapsed.joined(separator: ", ")) \(collapsed.count == 1 ? "has" : "have") no live unit")
    }
    if failure == nil, collapsed.isEmpty, let masks, !Compaction.isConnected(network, masks: masks) {
      notes.append("no path of surviving weights leads from the image to the output")
    }
    return SummaryRow(
      strategy: run.strategy, sparsity: run.sparsity, seed: run.seed,
      trainAccuracy: history.rows.last?.trainAccuracy ?? .nan,
      testAccuracy: history.rows.last?.testAccuracy ?? .nan, nnz: survivors.nnz, params: survivors.params,
      macs: survivors.macs, compressionRatio: survivors.compressionRatio,
      theoreticalSpeedup: survivors.theoreticalSpeedup, seconds: history.seconds,
      status: failure == nil ? .finished : .failed, note: notes.joined(separator: "; "),
      criterion: config.pruning.criterion, scope: config.pruning.scope,
      control: run.control, device: device)
  }

  /// Why a run with a sparsity kept all its weights.
  private var nothingPruned: String {
    guard config.pruning.layers.prunesOutput || network.weights.count > 1 else {
      return
        "nothing is pruned: the only weight matrix is the output layer's, and pruning.prune_output_layer is false"
    }
    let unit = config.pruning.unit(of: run.strategy)
    let candidates = unit.candidates
    let groups = config.pruning.layers.groups(of: network, unit)
    if groups.contains(where: { PruneCount.count(sparsity: run.sparsity, of: $0.candidates) > 0 }) {
      return
        "nothing is pruned: pruning.minimum_survivors, \(config.pruning.minimumSurvivors), keeps all \(candidates)"
    }
    return
      "nothing is pruned: \(DecimalText.percent(run.sparsity)) of any layer's \(candidates) rounds to none"
  }
}
