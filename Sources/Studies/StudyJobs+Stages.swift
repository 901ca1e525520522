import StudyFiles

/// Jobs by what they wait for.
extension StudyJobs {
  /// All jobs, done or not, by stages: those that build on nothing, then those whose needs are in earlier ones.
  package var stages: [[TrainingJob]] {
    var stageOf: [String: Int] = [:]
    var stages: [[TrainingJob]] = []
    for job in list(of: runs.map { self.job(of: $0) }, isDone: { _ in false }) {
      let stage = job.needs.reduce(0) { max($0, (stageOf[$1] ?? -1) + 1) }
      stageOf[job.label] = stage
      while stages.count <= stage { stages.append([]) }
      stages[stage].append(job)
    }
    return stages
  }

  /// The jobs of a share that are not done, and what they need of what is not.
  ///
  /// - Parameter done: the runs that are trained.
  func list(for share: StudyShare, done: Set<RunName>) -> [TrainingJob] {
    let isDone = { (job: TrainingJob) in job.isRun ? done.contains(job.folder.name) : self.isDone(job) }
    return list(of: jobs(of: share).filter { !isDone($0) }, isDone: isDone)
  }

  /// The jobs of a share, done or not.
  func jobs(of share: StudyShare) -> [TrainingJob] {
    var jobs: [TrainingJob]
    if let stage = share.stage {
      let stages = stages
      jobs = stages.indices.contains(stage - 1) ? stages[stage - 1] : []
    } else {
      jobs = runs.map { job(of: $0) }
    }
    if let shard = share.shard { jobs = shard.part(of: jobs) }
    return jobs
  }
}
