import Configs
import StudyFiles

extension StudyConfig {
  /// Checks that the first training takes the step whose weights tickets are set back to.
  ///
  /// - Throws: `ConfigError`.
  func requireRewindStep(images: Int) throws {
    guard case .iterative(let schedule) = pruning.schedule, let step = schedule.keptStep else { return }
    let batch = fitted(toImages: images).training.batchSize
    let steps = (images + batch - 1) / batch * training.epochs
    guard step >= steps else { return }
    throw ConfigError(problems: [
      "pruning.schedule.rewind_step: \(step) is not before the end of the training, which takes \(steps) steps; "
        + "allowed: 0 to \(steps - 1)"
    ])
  }

  /// The step whose weights a training keeps for its tickets; nil for one that keeps none.
  func keptStep(of run: RunName, in folder: RunFolder) -> KeptStep? {
    guard run.sparsity == 0, case .iterative(let schedule) = pruning.schedule else { return nil }
    return schedule.keptStep.map { KeptStep(step: $0, path: folder.rewind) }
  }
}
