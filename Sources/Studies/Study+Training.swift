import Configs
import Files
import GraphExec
import StudyFiles

/// The training of a study's jobs by this process.
extension Study {
  /// Starts the threads that train what is left.
  func startRuns(on threads: StudyThreads, _ interruption: Interruption) {
    let (rows, done) = (tables.rows, tables.done)
    let open = runs.filter { !done.contains($0) }
    var list = share.map { jobs.list(for: $0, done: done) } ?? jobs.list(for: open)
    observer.studyStarted(
      runs: runs.count, finished: runs.count - open.count, epochs: list.reduce(0) { $0 + $1.epochs })
    // Processes that begin in different places seldom ask for the same job.
    if share?.isWhole == true, !list.isEmpty {
      let first = Int.random(in: 0..<list.count)
      list = Array(list[first...] + list[..<first])
    }
    let failures = rows.filter { $0.status == .failed }.map { row in
      let job = jobs.job(of: row.runName)
      return (job.label, job.failure(row))
    }
    let queue = JobQueue(list, failures: Dictionary(uniqueKeysWithValues: failures))
    let sharing = JobSharing(claims, jobs, isShared: share != nil)
    for index in 0..<min(config.execution.concurrentModels, list.count) {
      threads.start("run \(index)") { [self] in
        // After an error others must not wait for what this thread was to train.
        defer { queue.close() }
        while let (job, failure) = queue.next() {
          try interruption.check()
          switch try sharing.take(job) {
          case .taken: try train(job, failure, of: queue, sharing, interruption)
          case .elsewhere: queue.putOff(job, for: sharing.patience())
          case .done(let row):
            if let row, job.isRun {
              try tables.add(row, writes: false)
              observer.runFinishedElsewhere(job.label, row)
            }
            queue.finish(job, row.flatMap { $0.status == .failed ? job.failure($0) : nil })
          }
        }
      }
    }
  }

  /// Trains a job that is this process's, unless others take it over meanwhile.
  private func train(
    _ job: TrainingJob, _ failure: RunFailure?, of queue: JobQueue, _ sharing: JobSharing,
    _ interruption: Interruption
  ) throws {
    do {
      let claim = sharing.claim(of: job)
      let failure = try claim.whileHeld { try train(job, failure, claim, interruption) }
      sharing.release(job)
      queue.finish(job, failure)
    } catch let lost as ClaimLost where lost.job != nil {
      interruption.end(job.label)
      observer.runLost(job.label)
      observer.warning("\(lost)")
      sharing.release(job)
      queue.putOff(job, for: sharing.patience())
    }
  }

  /// Trains a job, or says why that cannot be.
  ///
  /// - Returns: what those that need it say where it failed.
  private func train(
    _ job: TrainingJob, _ failure: RunFailure?, _ claim: RunClaim, _ interruption: Interruption
  ) throws -> RunFailure? {
    var row: SummaryRow
    do {
      if let failure { throw failure }
      let config = try jobs.config(of: job)
      row = try trainer(of: job, config, claim, interruption).train {
        try jobs.start(of: job, by: config.fitted(toImages: data.train.count), on: backend)
      }
    } catch let failure as RunFailure {
      row = trainer(of: job, job.config, claim, interruption).failedRow(failure)
    }
    row = job.row(row, of: config)
    try FileSystem.createFolder(job.folder.path)
    try SummaryRow.write([row], to: job.folder.result)
    // Only now: until the result is on the disk, the checkpoint is what a killed study goes on from.
    try claim.check()
    try job.folder.checkpoint.remove()
    if job.isRun { try tables.add(row) }
    observer.runFinished(job.label, row)
    guard row.status == .failed else { return nil }
    return failure ?? job.failure(row)
  }

  private func trainer(
    of job: TrainingJob, _ config: StudyConfig, _ claim: RunClaim, _ interruption: Interruption
  ) -> RunTrainer {
    RunTrainer(
      job.trained, label: job.label, config: config, data: data, backend: backend, folder: job.folder,
      costs: costs, keepsOptimizer: job.keepsOptimizer, kept: job.kept, claim: claim, observer: observer,
      interruption: interruption)
  }
}
