import Configs
import StudyFiles

/// Something that is trained as one, in a folder of its own: a run of the study, or a training that runs build on.
package struct TrainingJob: Sendable {
  /// Its name in what a study tells: `weight-s0.5-seed1`, `dense-seed1`.
  package let label: String
  /// Where its files are, and what of the study it is.
  package let folder: RunFolder
  /// The config that it is trained by.
  package let config: StudyConfig
  /// The labels of the jobs that it builds on, which must be done before it begins.
  package let needs: [String]
  /// Whether it is a run that the config asks for, with a row of its own; if not, a training that runs share.
  package let isRun: Bool
  /// Whether it leaves behind what it can be trained on from.
  var keepsOptimizer = true
  /// A step on the way whose weights it keeps.
  var kept: KeptStep?
  /// What it is called where it failed.
  let subject: String

  /// The rows of its metrics when it is done.
  var epochs: Int { max(config.runEpochs, 1) }

  /// The run as what it is trained: nothing is pruned of a dense network of equal size.
  var trained: RunName {
    let run = folder.name
    guard run.control == .equalSize else { return run }
    return RunName(strategy: run.strategy, sparsity: 0, seed: run.seed)
  }

  /// The row of a run as the study's tables have it: a control's beside that of its pruned run, and a smaller network's
  /// measured by the one that is pruned.
  func row(_ row: SummaryRow, of study: StudyConfig) -> SummaryRow {
    guard let control = folder.name.control else { return row }
    var own = row
    (own.control, own.sparsity) = (control, folder.name.sparsity)
    own.criterion = study.pruning.criterion
    if control == .equalSize {
      (own.params, own.macs) = (study.network.parameterCount, study.network.macs)
      own.compressionRatio = Double(own.params) / Double(row.nnz)
      own.theoreticalSpeedup = Double(own.macs) / Double(row.macs)
    }
    return own
  }

  /// What those that need it say where it ended with this row.
  func failure(_ row: SummaryRow) -> RunFailure { RunFailure(reason: "\(subject) failed: \(row.note)") }
}
