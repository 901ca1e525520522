import Configs
import Files
import GraphExec
import StudyFiles

/// The jobs that the runs of a study come to: the runs, and the trainings that they build on, each of them once.
package struct StudyJobs: Sendable {
  let config: StudyConfig
  let folder: StudyFolder
  /// All runs of the study.
  let runs: [RunName]

  /// - Parameters:
  ///   - runs: all runs of the study, trained or not.
  ///   - folder: where the study's files are.
  package init(_ config: StudyConfig, runs: [RunName], in folder: StudyFolder) {
    self.config = config
    self.runs = runs
    self.folder = folder
  }

  /// The jobs of runs that are still to be trained, in an order in which they can be: each after those it needs. What was
  /// trained already is not among them.
  ///
  /// - Parameter done: the runs that are trained; nil for all others.
  package func list(for open: [RunName], done: Set<RunName>? = nil) -> [TrainingJob] {
    let done = done ?? Set(runs).subtracting(open)
    return list(of: open.map { job(of: $0) }) { need in
      need.isRun ? done.contains(need.folder.name) : isDone(need)
    }
  }

  /// These jobs and what they need of what is not done.
  func list(of open: [TrainingJob], isDone: (TrainingJob) -> Bool) -> [TrainingJob] {
    var jobs: [TrainingJob] = []
    var seen: Set<String> = []
    func add(_ job: TrainingJob) {
      guard seen.insert(job.label).inserted else { return }
      for need in needs(of: job) where !isDone(need) { add(need) }
      jobs.append(job)
    }
    open.forEach(add)
    return jobs
  }

  /// Whether a training that runs share is done; a run has a row that tells it.
  func isDone(_ job: TrainingJob) -> Bool {
    FileSystem.exists(job.folder.model) && (job.kept.map { FileSystem.exists($0.path) } ?? true)
  }

  /// The jobs that one builds on.
  func needs(of job: TrainingJob) -> [TrainingJob] {
    let run = job.folder.name
    guard run.control == nil else { return [self.job(of: run.pruned)] }
    switch job.config.pruning.schedule {
    case .constant, .polynomial, .dynamic: return []
    case .oneShot: return [dense(seed: run.seed)]
    case .iterative(let schedule): return rounds(before: run, schedule).map { round($0, of: run, schedule) }
    }
  }

  /// The labels of the jobs that a run, or a round, builds on.
  func labelsOfNeeds(of run: RunName) -> [String] {
    guard run.control == nil else { return [Self.label(run.pruned, isRun: true)] }
    switch config.pruning.schedule {
    case .constant, .polynomial, .dynamic: return []
    case .oneShot: return [Self.labelOfDense(seed: run.seed)]
    case .iterative(let schedule):
      return rounds(before: run, schedule).map {
        let (name, isRun) = name(ofRound: $0, of: run, schedule)
        return Self.label(name, isRun: isRun)
      }
    }
  }

  /// The job of a run.
  func job(of run: RunName) -> TrainingJob {
    let own = folder.run(run)
    return TrainingJob(
      label: Self.label(run, isRun: true), folder: own, config: run.control == nil ? config : controlConfig,
      needs: labelsOfNeeds(of: run),
      isRun: true, kept: config.keptStep(of: run, in: own), subject: run.description)
  }

  /// The dense training of a one-shot study: `dense/seed<seed>`.
  private func dense(seed: UInt64) -> TrainingJob {
    var dense = config
    dense.pruning.schedule = .constant
    dense.pruning.sparsities = [0]
    return TrainingJob(
      label: Self.labelOfDense(seed: seed), folder: folder.dense(seed: seed), config: dense, needs: [],
      isRun: false,
      keepsOptimizer: false, subject: "the dense training of seed \(seed)")
  }

  private static func labelOfDense(seed: UInt64) -> String { "dense-seed\(seed)" }
}
