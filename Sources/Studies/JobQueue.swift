import Foundation

/// Gives the jobs of a study to its threads, each once those that it needs are done.
package final class JobQueue: @unchecked Sendable {
  // @unchecked: what follows is touched by the owner of `changed` alone.
  private let changed = NSCondition()
  private var waiting: [TrainingJob]
  /// Those that another process has, and when to ask for them again.
  private var elsewhere: [TrainingJob] = []
  private var nextLook = Date.distantPast
  /// The labels of jobs that are waiting or under way.
  private var open: Set<String>
  /// Why jobs failed, by their labels.
  private var failures: [String: RunFailure]

  /// - Parameters:
  ///   - jobs: in the order in which they are given out, as far as they can be: each after those that it needs. What none of
  ///     them is was done before.
  ///   - failures: why jobs failed before, by their labels.
  package init(_ jobs: [TrainingJob], failures: [String: RunFailure] = [:]) {
    waiting = jobs
    open = Set(jobs.map(\.label))
    self.failures = failures
  }

  /// Takes the first job that can be trained; with a failure, one that cannot, since another that it needs has failed.
  ///
  /// Waits while every job that is left needs one that is under way, or is another process's.
  ///
  /// - Returns: nil when no job is left.
  package func next() -> (job: TrainingJob, failure: RunFailure?)? {
    changed.withLock {
      while !waiting.isEmpty || !elsewhere.isEmpty {
        if !elsewhere.isEmpty, Date() >= nextLook {
          waiting = elsewhere + waiting
          elsewhere = []
        }
        if let index = waiting.firstIndex(where: { open.isDisjoint(with: $0.needs) }) {
          let job = waiting.remove(at: index)
          return (job, job.needs.lazy.compactMap { self.failures[$0] }.first)
        }
        if elsewhere.isEmpty { changed.wait() } else { changed.wait(until: nextLook) }
      }
      return nil
    }
  }

  /// Another process has a job: it is given out again later.
  ///
  /// - Parameter wait: how long later; those that are put off until then are given out together.
  package func putOff(_ job: TrainingJob, for wait: Duration) {
    changed.withLock {
      if elsewhere.isEmpty { nextLook = Date(timeIntervalSinceNow: wait / .seconds(1)) }
      elsewhere.append(job)
      changed.broadcast()
    }
  }

  /// A job has ended.
  ///
  /// - Parameter failure: what those that need it say; nil where it is done.
  package func finish(_ job: TrainingJob, _ failure: RunFailure?) {
    changed.withLock {
      open.remove(job.label)
      failures[job.label] = failure
      changed.broadcast()
    }
  }

  /// Gives nothing out any more: a thread ends, and what waits for its job would wait for ever.
  package func close() {
    changed.withLock {
      (waiting, elsewhere) = ([], [])
      changed.broadcast()
    }
  }
}
