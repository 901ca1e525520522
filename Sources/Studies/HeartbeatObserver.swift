import GraphExec
import StudyFiles
import Synchronization

/// Tells other processes how far the jobs of this one are, and passes everything on.
final class HeartbeatObserver: StudyObserver {
  private struct Job {
    var epoch: Int
    let epochs: Int
    let firstEpoch: Int
    let start = ContinuousClock.now
  }

  private let inner: any StudyObserver
  private let claims: Claims
  private let jobs = Mutex<[String: Job]>([:])

  init(_ inner: any StudyObserver, _ claims: Claims) {
    self.inner = inner
    self.claims = claims
  }

  private func change(_ body: (inout [String: Job]) -> Void) {
    let progress = jobs.withLock { jobs in
      body(&jobs)
      return jobs.sorted { $0.key < $1.key }.map { label, job in
        let done = job.epoch - job.firstEpoch
        let seconds = (ContinuousClock.now - job.start).seconds
        return Heartbeat.Progress(
          job: label, epoch: job.epoch, epochs: job.epochs,
          secondsLeft: done > 0 ? seconds / Double(done) * Double(job.epochs - job.epoch) : nil)
      }
    }
    claims.tell(progress)
  }

  func studyStarted(runs: Int, finished: Int, epochs: Int) {
    inner.studyStarted(runs: runs, finished: finished, epochs: epochs)
  }

  func runStarted(_ run: String, epochs: Int, stepsPerEpoch: Int, finishedEpochs: Int) {
    change { $0[run] = Job(epoch: finishedEpochs, epochs: epochs, firstEpoch: finishedEpochs) }
    inner.runStarted(run, epochs: epochs, stepsPerEpoch: stepsPerEpoch, finishedEpochs: finishedEpochs)
  }

  func runUsesModel(_ run: String, _ model: any Model) { inner.runUsesModel(run, model) }

  func epochFinished(_ run: String, _ row: MetricsRow) {
    change { $0[run]?.epoch = row.epoch }
    inner.epochFinished(run, row)
  }

  func runFinished(_ run: String, _ row: SummaryRow) {
    change { $0[run] = nil }
    inner.runFinished(run, row)
  }

  func runFinishedElsewhere(_ run: String, _ row: SummaryRow) { inner.runFinishedElsewhere(run, row) }

  func runLost(_ run: String) {
    change { $0[run] = nil }
    inner.runLost(run)
  }

  func measuring(runs: Int) {
    change { $0[Study.measurementJob] = Job(epoch: 0, epochs: runs, firstEpoch: 0) }
    inner.measuring(runs: runs)
  }

  func measured(_ row: MeasurementRow) {
    change { $0[Study.measurementJob]?.epoch += 1 }
    inner.measured(row)
  }

  func warning(_ text: String) { inner.warning(text) }
}
