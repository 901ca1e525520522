import Configs
import Dispatch
import Foundation
import Studies
import StudyFiles
import Synchronization
import Testing

/// Protects the order in which what builds on each other is trained, and that each of it is trained once.
@Suite("Jobs of a study")
struct JobTests {
  private static let oneShot = #"pruning.schedule={"name":"one_shot"}"#

  private func jobs(_ overrides: String...) throws -> [TrainingJob] {
    let study = try SmallStudy(overrides)
    return StudyJobs(study.config, runs: study.config.runs, in: study.files).list(for: study.config.runs)
  }

  @Test(
    "each job comes after those it needs, which are there once; without them runs keep the config's order")
  func order() throws {
    let runs = ["pruning.sparsities=[0, 0.5]", "training.seeds=[1, 2]"]
    let alone = try jobs(runs[0], runs[1])
    #expect(
      alone.map(\.label)
        == ["weight-s0-seed1", "weight-s0-seed2", "weight-s0.5-seed1", "weight-s0.5-seed2"])
    #expect(alone.allSatisfy { $0.needs.isEmpty && $0.isRun })
    let shared = try jobs(runs[0], runs[1], Self.oneShot)
    #expect(
      shared.map(\.label) == [
        "dense-seed1", "weight-s0-seed1", "dense-seed2", "weight-s0-seed2", "weight-s0.5-seed1",
        "weight-s0.5-seed2",
      ])
    #expect(shared.map(\.isRun) == [false, true, false, true, true, true])
    #expect(shared[4].needs == ["dense-seed1"])
  }

  @Test("a thread is given what can be trained beside what others need, and waits only where there is none")
  func sideBySide() throws {
    let queue = JobQueue(
      try jobs("pruning.sparsities=[0.5, 0.9]", "training.seeds=[1, 2]", Self.oneShot))
    let first = try #require(queue.next()?.job)
    let second = try #require(queue.next()?.job)
    #expect([first.label, second.label] == ["dense-seed1", "dense-seed2"])
    // A third thread can be given nothing until one of them is done.
    let taken = Mutex<String?>(nil)
    let isTaken = DispatchSemaphore(value: 0)
    Thread {
      let job = queue.next()?.job
      taken.withLock { $0 = job?.label }
      isTaken.signal()
    }.start()
    queue.finish(second, nil)
    isTaken.wait()
    #expect(taken.withLock { $0 } == "weight-s0.5-seed2")
    queue.finish(first, nil)
    #expect(queue.next()?.job.label == "weight-s0.5-seed1")
    #expect(queue.next()?.job.label == "weight-s0.9-seed1")
    #expect(queue.next()?.job.label == "weight-s0.9-seed2")
    #expect(queue.next()?.job.label == nil)
  }

  @Test("a failure is handed to all that need the job, and to nobody else")
  func failure() throws {
    let queue = JobQueue(try jobs("pruning.sparsities=[0.5]", "training.seeds=[1, 2]", Self.oneShot))
    let failure = RunFailure(reason: "it failed")
    for expected in [failure, nil] {
      let dense = try #require(queue.next())
      #expect(dense.failure == nil)
      queue.finish(dense.job, expected)
      let run = try #require(queue.next())
      #expect(run.job.isRun && run.failure == expected)
      queue.finish(run.job, run.failure)
    }
    #expect(queue.next()?.job.label == nil)
  }

  @Test("closing wakes a thread that waits for another's job")
  func close() throws {
    let queue = JobQueue(try jobs("pruning.sparsities=[0.5]", Self.oneShot))
    #expect(queue.next()?.job.label == "dense-seed1")
    let isOver = DispatchSemaphore(value: 0)
    Thread {
      while queue.next() != nil {}
      isOver.signal()
    }.start()
    queue.close()
    isOver.wait()
    #expect(queue.next()?.job.label == nil)
  }
}
