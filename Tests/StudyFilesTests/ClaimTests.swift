import Dispatch
import Files
import Foundation
import StudyFiles
import Synchronization
import TestSupport
import Testing

/// Protects that a job of a study is one process's at a time, whoever dies, hangs or comes back.
@Suite("Claims on jobs")
struct ClaimTests {
  /// A process of another machine, of which nobody here can see whether it lives.
  private static func foreign(_ name: String, job: String? = nil, restarts: Int = 0) -> Worker {
    Worker(
      id: name, host: "elsewhere", process: 7, start: 1, boot: name, namespace: "another", slurmJob: job,
      slurmRestarts: restarts)
  }

  /// Gives others up once they are silent at a second look.
  private static var impatience: Claims.Patience {
    var patience = Claims.Patience()
    patience.beat = .zero
    return patience
  }

  private let temporary: TemporaryFolder
  private let study: StudyFolder

  init() throws {
    temporary = try TemporaryFolder()
    study = StudyFolder(temporary.path)
  }

  private func claims(_ worker: Worker = .current()) throws -> Claims {
    try Claims(study, device: "a device", as: worker, patience: Self.impatience)
  }

  /// Makes a worker look as if nothing had been heard of it for long.
  private func silence(_ worker: Worker) throws {
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSinceNow: -3600)],
      ofItemAtPath: ClaimFolder(study).heartbeat(of: worker.id))
  }

  @Test("of many that want a job one gets it, the next when it is given back")
  func exclusive() throws {
    let all = try (0..<8).map { _ in try claims() }
    for round in 0..<20 {
      let takers = Mutex<[Int]>([])
      DispatchQueue.concurrentPerform(iterations: all.count) { index in
        if (try? all[index].take("job", seen: all[index].list())) == true {
          takers.withLock { $0.append(index) }
        }
      }
      let holders = takers.withLock { $0 }
      #expect(holders.count <= 1, "round \(round)")
      for holder in holders {
        try all[holder].check("job")
        all[holder].release("job")
      }
    }
    #expect(try all[0].take("job", seen: all[0].list()))
  }

  @Test("a process of another machine is given up when it was silent for long and at a second look")
  func silent() throws {
    let other = Self.foreign("other")
    let there = try claims(other)
    #expect(try there.take("job", seen: there.list()))
    let here = try claims()
    #expect(try !here.take("job", seen: here.list()))
    #expect(try !here.take("job", seen: here.list()), "it was heard of a moment ago")
    try silence(other)
    #expect(try !here.take("job", seen: here.list()), "a file server that was gone makes all look silent")
    #expect(try here.take("job", seen: here.list()))
    try here.check("job")
    #expect(throws: ClaimLost.self) { try there.check("job") }
    // It takes nothing of the new holder's with it.
    there.release("job")
    there.close()
    try here.check("job")
  }

  @Test("of two that give up the same process one gets its job, however old what they saw")
  func takenOver() throws {
    let other = Self.foreign("other")
    let there = try claims(other)
    #expect(try there.take("job", seen: there.list()))
    try silence(other)
    let (first, second, third) = (try claims(), try claims(), try claims())
    let seen = try first.list()
    for taker in [first, second] { #expect(try !taker.take("job", seen: seen)) }
    #expect(try first.take("job", seen: seen))
    #expect(try !second.take("job", seen: seen))
    // Done and given back; another begins it anew, and a taker still believes what it saw in the beginning.
    first.release("job")
    #expect(try third.take("job", seen: third.list()))
    #expect(try !second.take("job", seen: seen))
    try third.check("job")
  }

  @Test("a process of this machine that is gone is known to be, and leaves nothing in the way")
  func gone() throws {
    let me = Worker.current()
    let past = Worker(
      id: "past", host: me.host, process: me.process, start: me.start + 1, boot: me.boot,
      namespace: me.namespace)
    let dead = try claims(past)
    #expect(try dead.take("job", seen: dead.list()))
    let here = try claims()
    #expect(try here.others() == [])
    #expect(try here.take("job", seen: here.list()))
    try here.removeDead()
    #expect(try here.list().workers == [here.worker.id])
    #expect(try here.list().claims == ["job": [1]])
    // What was given up writes no table any more.
    #expect(throws: ClaimLost.self) { try dead.check() }
  }

  @Test("a task that Slurm has started again takes over what it had before")
  func requeued() throws {
    let before = try claims(Self.foreign("before", job: "12"))
    #expect(try before.take("job", seen: before.list()))
    let beside = try claims(Self.foreign("beside", job: "13", restarts: 1))
    #expect(try !beside.take("job", seen: beside.list()))
    let after = try claims(Self.foreign("after", job: "12", restarts: 1))
    #expect(try after.take("job", seen: after.list()))
  }

  @Test("the last process that leaves takes the folder of claims with it")
  func leaving() throws {
    let (first, second) = (try claims(), try claims())
    #expect(try first.take("job", seen: first.list()))
    second.close()
    #expect(FileSystem.exists(study.path + "/claims"))
    first.close()
    #expect(!FileSystem.exists(study.path + "/claims"))
  }

  @Test("what a process tells of its jobs is read as it was told; half a heartbeat is none")
  func heartbeat() throws {
    let here = try claims()
    let progress = Heartbeat.Progress(job: "a", epoch: 2, epochs: 5, secondsLeft: 1.5)
    here.tell([progress])
    try here.begin()
    let path = ClaimFolder(study).heartbeat(of: here.worker.id)
    let read = try #require(Heartbeat(id: here.worker.id, path: path))
    #expect(read.worker == here.worker && read.isAtWork && read.device == "a device")
    #expect(read.jobs == [progress])
    try AtomicFile.write(#"{"host": "h", "proc"#, to: path)
    #expect(Heartbeat(id: here.worker.id, path: path) == nil)
  }
}
