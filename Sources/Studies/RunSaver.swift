import Dispatch
import Files
import GraphExec
import StudyFiles
import Synchronization

/// Keeps the last finished epoch of a run: in memory when it ends, on the disk now and then, and when the study stops.
///
/// Reading the state from the device holds up the training, writing it goes on beside it; each is done no more often than
/// keeps both together below one percent of the run's time.
final class RunSaver: Sendable {
  private struct State {
    /// The last epoch that was read from the device.
    var kept: RunSnapshot?
    /// The epoch of the checkpoint on the disk.
    var savedEpoch: Int
    var reading = Pace(rest: 150)
    var writing = Pace(rest: 300)
    var isWriting = false
    var isClosed = false
    var failure: (any Error)?
  }

  private let folder: RunFolder
  private let network: Network
  private let slots: [String]
  private let claim: RunClaim
  private let state: Mutex<State>
  private let writer = DispatchQueue(label: "whittle.checkpoint")

  /// - Parameters:
  ///   - slots: the names of the optimizer's slots.
  ///   - epoch: that of the checkpoint which the run goes on from; 0 for a new one.
  ///   - claim: the right to write the run's files.
  init(
    _ folder: RunFolder, of network: Network, slots: [String], savedEpoch epoch: Int, claim: RunClaim
  ) {
    self.folder = folder
    self.network = network
    self.slots = slots
    self.claim = claim
    state = Mutex(State(savedEpoch: epoch))
  }

  /// The last epoch that stopping now would not lose.
  var keptEpoch: Int { state.withLock { $0.kept?.epoch ?? $0.savedEpoch } }

  /// Reads the state of an epoch that has just ended, when that is due, and saves it beside the training, when that is.
  ///
  /// - Throws: what the last save failed with, a full disk among others.
  func keepIfDue(_ history: RunHistory, eventsLength: UInt64, form: any RunForm) throws {
    try check()
    guard state.withLock({ $0.reading.isDue }) else { return }
    let snapshot = try keep(history, eventsLength: eventsLength, form: form)
    let isDue = state.withLock { state in
      let isDue = state.writing.isDue && !state.isWriting
      if isDue { state.isWriting = true }
      return isDue
    }
    if isDue { writer.async { [self] in save(snapshot) } }
  }

  /// Reads the state of an epoch that has just ended.
  @discardableResult
  func keep(_ history: RunHistory, eventsLength: UInt64, form: any RunForm) throws -> RunSnapshot {
    let start = ContinuousClock.now
    let snapshot = RunSnapshot(
      history: history, eventsLength: eventsLength, form: form, state: try form.model.state())
    state.withLock {
      $0.kept = snapshot
      $0.reading.finish(from: start)
    }
    return snapshot
  }

  /// Saves what is kept and not on the disk yet, and refuses everything that comes later: the run's thread can do no harm
  /// then, even if it still waits for its device.
  ///
  /// - Returns: the epoch that the run will go on after.
  /// - Throws: `FileError`.
  func close() throws -> Int {
    let kept = state.withLock { state in
      state.isClosed = true
      return state.kept
    }
    return try writer.sync {
      if let kept, kept.epoch > state.withLock({ $0.savedEpoch }) { save(kept) }
      return try state.withLock { state in
        if let failure = state.failure { throw failure }
        return state.savedEpoch
      }
    }
  }

  /// Waits for a save under way; with what failed, if it did.
  func settle() throws {
    writer.sync {}
    try check()
  }

  /// - Throws: what a save failed with; `StudyInterrupted` after `close()`.
  func check() throws {
    try state.withLock { state in
      if let failure = state.failure { throw failure }
      if state.isClosed { throw StudyInterrupted() }
    }
  }

  /// Runs on the writer's queue.
  private func save(_ snapshot: RunSnapshot) {
    let start = ContinuousClock.now
    let result = Result {
      // The checkpoint relies on so much of the events.
      try FileSystem.synchronize(folder.events)
      try claim.whileHeld {
        try folder.checkpoint.save(snapshot.checkpoint.file(of: network, slots: slots))
        try folder.writeTables(snapshot.history.rows)
      }
    }
    state.withLock { state in
      switch result {
      case .success: state.savedEpoch = snapshot.epoch
      case .failure(let error): state.failure = error
      }
      state.isWriting = false
      state.writing.finish(from: start)
    }
  }
}

/// The end of an epoch as it was read from the device; what the form leaves out is put back when it is saved.
struct RunSnapshot: Sendable {
  let history: RunHistory
  let eventsLength: UInt64
  let form: any RunForm
  let state: ModelState

  var epoch: Int { history.rows.count }
  var checkpoint: RunCheckpoint {
    RunCheckpoint(state: form.whole(state), history: history, eventsLength: eventsLength)
  }
}

/// Spaces out something that costs time.
struct Pace {
  /// Time from one to the next, per time that one takes.
  let rest: Int
  private var cost = Duration.zero
  private var end = ContinuousClock.now

  init(rest: Int) { self.rest = rest }

  var isDue: Bool { ContinuousClock.now - end >= cost * rest }

  mutating func finish(from start: ContinuousClock.Instant) {
    end = .now
    cost = end - start
  }
}
