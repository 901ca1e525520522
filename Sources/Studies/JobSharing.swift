import Files
import StudyFiles
import Synchronization

/// Shares the jobs of a study with other processes, by claims and results in its folder.
final class JobSharing: Sendable {
  /// What comes of asking for a job.
  enum Answer {
    /// It is this process's.
    case taken
    /// It was done by another; the row of what came of it, nil for a training that runs share and whose row is not known.
    case done(SummaryRow?)
    /// Another process has it.
    case elsewhere
  }

  private struct State {
    var listing: (content: ClaimFolder.Listing, time: ContinuousClock.Instant)?
    /// When the process that holds a job was last asked for.
    var asked: [String: ContinuousClock.Instant] = [:]
  }

  private let claims: Claims
  private let jobs: StudyJobs
  /// Whether there are others at all.
  private let isShared: Bool
  private let state = Mutex(State())

  init(_ claims: Claims, _ jobs: StudyJobs, isShared: Bool) {
    self.claims = claims
    self.jobs = jobs
    self.isShared = isShared
  }

  /// For so long a listing of all claims is good enough to say which jobs are worth asking for.
  private static let listingAge = Duration.seconds(2)

  /// Asks for a job. What is taken here must be released.
  ///
  /// - Throws: `FileError`.
  func take(_ job: TrainingJob) throws -> Answer {
    if let answer = try outcome(job) { return answer }
    let listing = try listing()
    if listing.claims[job.label] != nil, wasAsked(job.label, among: listing.claims.count) {
      return .elsewhere
    }
    guard try claims.take(job.label, seen: listing) else { return .elsewhere }
    // It may have been done, and its claim given back, since the listing.
    if let answer = try outcome(job) {
      claims.release(job.label)
      return answer
    }
    return .taken
  }

  /// Gives a job back, whose result is there or that is not gone on with.
  func release(_ job: TrainingJob) { claims.release(job.label) }

  /// The right to write a job's files.
  func claim(of job: TrainingJob) -> RunClaim {
    RunClaim(isShared: isShared) { [claims, label = job.label] in try claims.check(label) }
  }

  /// How long to wait before asking again for what others have: longer the more there are who wait.
  func patience() -> Duration {
    let workers = state.withLock { $0.listing?.content.workers.count ?? 1 }
    return claims.nextLook * max(1, Double(workers) / 200)
  }

  private func outcome(_ job: TrainingJob) throws -> Answer? {
    if let row = try job.folder.readResult() { return .done(row) }
    return !job.isRun && jobs.isDone(job) ? .done(nil) : nil
  }

  private func listing() throws -> ClaimFolder.Listing {
    try state.withLock { state in
      if let known = state.listing, ContinuousClock.now - known.time < Self.listingAge {
        return known.content
      }
      let content = try claims.list()
      state.listing = (content, .now)
      return content
    }
  }

  /// Whether the holder of a job was asked for not long ago; the more claims there are, the longer that is.
  private func wasAsked(_ label: String, among claims: Int) -> Bool {
    state.withLock { state in
      let rest = Duration.seconds(20 * max(1, Double(claims) / 50))
      if let last = state.asked[label], ContinuousClock.now - last < rest { return true }
      state.asked[label] = .now
      return false
    }
  }
}
