@preconcurrency import Dispatch
import Files
import Glibc
import Synchronization

/// A process's claims on jobs of a study that others work on, too.
///
/// Exactly one living process holds a job. A claim is a link that is made or not made; whoever makes one looks again, and
/// keeps it only where all others on the job are of processes that are gone, which it then removes. So two that take over the same claim
/// cannot both have it, whatever either of them had seen before. A process that was given up for gone (it hung, or its
/// node lost the file system) finds its claim missing, and stops before it writes.
package final class Claims: Sendable {
  /// How often a process says that it is there, and when others give it up.
  package struct Patience: Sendable {
    package var beat = Duration.seconds(20)
    /// The age, by the file server's clock, of the last heartbeat of a process that is given up.
    package var expiry = Duration.seconds(180)
    /// How long to wait before looking again whether others are done.
    package var look = Duration.seconds(4)

    package init() {}
  }

  private struct State {
    var held: [String: Int] = [:]
    var beat = 0
    var lastBeat = ContinuousClock.now
    var isAtWork = false
    var progress: [Heartbeat.Progress] = []
    /// The file server's clock less this process's, in seconds.
    var clockOffset = 0.0
    var sightings: [String: (beat: Int, since: ContinuousClock.Instant)] = [:]
    var isClosed = false
  }

  package let worker: Worker
  private let folder: ClaimFolder
  private let device: String
  private let patience: Patience
  private let state = Mutex(State())
  private let timer: any DispatchSourceTimer

  /// Says that this process works on a study, from now until `close()`.
  ///
  /// - Throws: `FileError`.
  package init(
    _ study: StudyFolder, device: String, as worker: Worker = .current(), patience: Patience = Patience()
  ) throws {
    folder = ClaimFolder(study)
    self.worker = worker
    self.device = device
    self.patience = patience
    timer = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "whittle.heartbeat"))
    let first = Array(
      Heartbeat(worker: worker, beat: 0, isAtWork: false, device: device, jobs: []).json.compact.utf8)
    // Another process that ends may remove the folder, which is empty then, at this moment.
    for attempt in 1... {
      try FileSystem.createFolder(folder.path)
      do {
        try AtomicFile.write(first, to: folder.heartbeat(of: worker.id))
        break
      } catch let error as FileError where error.code == ENOENT && attempt < 10 {}
    }
    try sayThere()
    let milliseconds = max(1000, Int(patience.beat.inSeconds * 1000))
    timer.schedule(deadline: .now() + .milliseconds(milliseconds), repeating: .milliseconds(milliseconds))
    // What cannot be said now is said in the next beat.
    timer.setEventHandler { [weak self] in try? self?.sayThere() }
    timer.activate()
  }

  deinit { close() }

  /// Gives all claims back, and says that this process is gone.
  package func close() {
    let held: [String: Int]? = state.withLock { state in
      guard !state.isClosed else { return nil }
      state.isClosed = true
      return state.held
    }
    guard let held else { return }
    timer.cancel()
    for (job, generation) in held { remove(job, generation) }
    try? FileSystem.removeFile(folder.heartbeat(of: worker.id))
    rmdir(folder.path)
  }

  /// Says that this process works in the folder, and no longer waits to open it.
  ///
  /// - Throws: `ClaimLost`; `FileError`.
  package func begin() throws {
    state.withLock { $0.isAtWork = true }
    try sayThere()
  }

  /// How long to wait before looking again; not the same for all who wait.
  package var nextLook: Duration { patience.look * Double.random(in: 0.8...1.2) }

  /// Waits until it is time to look again.
  package func wait() { usleep(useconds_t(nextLook.inSeconds * 1e6)) }

  /// What news of jobs wait for, so that they cost next to nothing where epochs are short.
  private static let newsPace = Duration.seconds(5)

  /// What is told of this process's jobs: at once, or with its next heartbeat where the last one was a moment ago.
  package func tell(_ progress: [Heartbeat.Progress]) {
    let isDue = state.withLock { state in
      state.progress = progress
      return ContinuousClock.now - state.lastBeat >= Self.newsPace
    }
    // What cannot be said now is said in the next beat.
    if isDue { try? sayThere() }
  }

  /// - Throws: `ClaimLost` where others have given this process up; `FileError`.
  private func sayThere() throws {
    try state.withLock { state in
      guard !state.isClosed else { return }
      state.beat += 1
      state.lastBeat = .now
      let heartbeat = Heartbeat(
        worker: worker, beat: state.beat, isAtWork: state.isAtWork, device: device, jobs: state.progress)
      // In place and in one write, of a file that must be there: one that is gone was removed by those who gave it up.
      let path = folder.heartbeat(of: worker.id)
      let file: FileDescriptor
      do {
        file = try FileDescriptor(opening: path, O_WRONLY, to: "write")
      } catch let error as FileError where error.code == ENOENT {
        throw ClaimLost(job: nil)
      }
      let text = Array(heartbeat.json.compact.utf8)
      try text.withUnsafeBytes { try file.write($0) }
      try file.truncate(to: UInt64(text.count))
      if let seconds = FileSystem.modificationTime(of: path) {
        state.clockOffset = seconds - Self.now
      }
    }
  }

  private static var now: Double {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  /// What the folder lists now.
  package func list() throws -> ClaimFolder.Listing { try folder.list() }

  /// Takes a job, unless another process has it.
  ///
  /// - Parameter listing: what the folder listed a moment ago; the claim holds whatever has changed since.
  /// - Returns: whether it is this process's now.
  /// - Throws: `FileError`.
  package func take(_ job: String, seen listing: ClaimFolder.Listing) throws -> Bool {
    let last = listing.claims[job]?.last
    if let last {
      guard let owner = folder.owner(of: job, last) else { return false }
      guard isGone(owner) else { return false }
    }
    let generation = (last ?? -1) + 1
    guard try FileSystem.createLink(to: worker.id, at: folder.claim(job, generation)) else { return false }
    let others = (try folder.list().claims[job] ?? []).filter { $0 != generation }
    guard others.allSatisfy({ other in folder.owner(of: job, other).map { isGone($0) } ?? true }) else {
      remove(job, generation)
      return false
    }
    for other in others { remove(job, other) }
    state.withLock { $0.held[job] = generation }
    return true
  }

  /// - Throws: `ClaimLost` where a job is not this process's any more.
  package func check(_ job: String) throws {
    let generation = state.withLock { $0.held[job] }
    guard let generation, folder.owner(of: job, generation) == worker.id else { throw ClaimLost(job: job) }
  }

  /// - Throws: `ClaimLost` where others have given this process up.
  package func check() throws {
    guard FileSystem.exists(folder.heartbeat(of: worker.id)) else { throw ClaimLost(job: nil) }
  }

  /// Gives a job back.
  package func release(_ job: String) {
    guard let generation = state.withLock({ $0.held.removeValue(forKey: job) }) else { return }
    // Where others took it over, a claim of that generation is theirs or nobody's.
    if folder.owner(of: job, generation) == worker.id { remove(job, generation) }
  }

  private func remove(_ job: String, _ generation: Int) { unlink(folder.claim(job, generation)) }

  /// The processes beside this one that are there, or may be.
  ///
  /// - Throws: `FileError`.
  package func others() throws -> [Heartbeat] {
    try folder.list().workers.filter { $0 != worker.id && !isGone($0, atFirstSight: true) }.compactMap {
      Heartbeat(id: $0, path: folder.heartbeat(of: $0))
    }
  }

  /// Removes what processes left that are gone.
  ///
  /// - Returns: whether there was anything.
  /// - Throws: `FileError`.
  @discardableResult
  package func removeDead() throws -> Bool {
    let listing = try folder.list()
    let dead = Set(listing.workers.filter { $0 != worker.id && isGone($0, atFirstSight: true) })
    for (job, generations) in listing.claims {
      for generation in generations {
        guard let owner = folder.owner(of: job, generation), owner != worker.id else { continue }
        if dead.contains(owner) || !listing.workers.contains(owner) { remove(job, generation) }
      }
    }
    for id in dead {
      try FileSystem.removeFile(folder.heartbeat(of: id))
      AtomicFile.removeLeftovers(of: folder.heartbeat(of: id))
    }
    return !dead.isEmpty
  }

  /// Whether a process is gone: on this machine one can look; elsewhere it has long been silent, and is silent for one
  /// more beat that this process waits for. (When a file server comes back, all have been silent.)
  ///
  /// - Parameter atFirstSight: does not wait for that beat.
  private func isGone(_ id: String, atFirstSight: Bool = false) -> Bool {
    if id == worker.id { return false }
    let path = folder.heartbeat(of: id)
    // Read first: to open a file makes NFS ask the server, and the time is the server's then.
    let heartbeat = Heartbeat(id: id, path: path)
    guard let time = FileSystem.modificationTime(of: path) else { return true }
    if let other = heartbeat?.worker, let isThere = worker.isThere(other) { return !isThere }
    return state.withLock { state in
      let age = Self.now + state.clockOffset - time
      let beat = heartbeat?.beat ?? -1
      guard age > patience.expiry.inSeconds else {
        state.sightings[id] = nil
        return false
      }
      if atFirstSight { return true }
      guard let last = state.sightings[id], last.beat == beat else {
        state.sightings[id] = (beat, .now)
        return false
      }
      return ContinuousClock.now - last.since >= patience.beat
    }
  }
}

extension Duration {
  fileprivate var inSeconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}

/// Others have taken over what this process had claimed, since it did not answer for long.
package struct ClaimLost: Error, CustomStringConvertible {
  /// The job; nil for all of the process's.
  package let job: String?

  package var description: String {
    "\(job ?? "this process") was given up by others, who heard nothing of it for minutes, and goes on elsewhere"
  }
}

/// Other processes work on a folder that this one needs for itself.
package struct StudyAtWork: Error, CustomStringConvertible {
  package let folder: String
  package let workers: [Worker]
  package let remedy: String

  package init(folder: String, workers: [Worker], remedy: String) {
    self.folder = folder
    self.workers = workers
    self.remedy = remedy
  }

  package var description: String {
    let names = workers.prefix(4).map { "\($0.host), process \($0.process)" }.joined(separator: "; ")
    let more = workers.count > 4 ? " and \(workers.count - 4) more" : ""
    return "other processes work on \(folder) (\(names)\(more)); \(remedy)"
  }
}
