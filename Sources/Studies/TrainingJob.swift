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

  /// What those that need it say where it ended with this row.
  func failure(_ row: SummaryRow) -> RunFailure { RunFailure(reason: "\(subject) failed: \(row.note)") }
}
