import Configs
import Files
import StudyFiles

/// The jobs that the runs of a study come to: the runs, and the trainings that they build on, each of them once.
package struct StudyJobs: Sendable {
  let config: StudyConfig
  let folder: StudyFolder

  /// - Parameter folder: where the study's files are.
  package init(_ config: StudyConfig, in folder: StudyFolder) {
    self.config = config
    self.folder = folder
  }

  /// The jobs of the runs that are still to be trained, in an order in which they can be: each after those it needs. What
  /// was trained for other runs is not among them.
  package func list(for open: [RunName]) -> [TrainingJob] {
    var jobs: [TrainingJob] = []
    var seen: Set<String> = []
    func add(_ job: TrainingJob) {
      guard seen.insert(job.label).inserted else { return }
      for need in needs(of: job) where !isDone(need) { add(need) }
      jobs.append(job)
    }
    for run in open { add(self.job(of: run)) }
    return jobs
  }

  /// Whether a training that runs share is done; runs have rows that tell it.
  private func isDone(_ job: TrainingJob) -> Bool { FileSystem.exists(job.folder.model) }

  /// The jobs that one builds on.
  private func needs(of job: TrainingJob) -> [TrainingJob] {
    guard case .oneShot = job.config.pruning.schedule else { return [] }
    return [dense(seed: job.folder.name.seed)]
  }

  private func job(of run: RunName) -> TrainingJob {
    var needs: [String] = []
    if case .oneShot = config.pruning.schedule { needs.append(dense(seed: run.seed).label) }
    return TrainingJob(
      label: run.description, folder: folder.run(run), config: config, needs: needs, isRun: true,
      keepsOptimizer: true, subject: run.description)
  }

  /// The dense training of a one-shot study: `dense/seed<seed>`.
  private func dense(seed: UInt64) -> TrainingJob {
    var dense = config
    dense.pruning.schedule = .constant
    dense.pruning.sparsities = [0]
    return TrainingJob(
      label: "dense-seed\(seed)", folder: folder.dense(seed: seed), config: dense, needs: [], isRun: false,
      keepsOptimizer: false, subject: "the dense training of seed \(seed)")
  }
}
