import Configs
import Dispatch
import Files
import Foundation
import Studies
import StudyFiles
import Synchronization
import TestSupport
import Testing

/// Protects studies that several processes work on: each run trained once, and what comes of it the same.
@Suite("Studies of several processes")
struct SharedStudyTests {
  /// Looks again at once.
  private static var impatience: Claims.Patience {
    var patience = Claims.Patience()
    patience.look = .milliseconds(5)
    return patience
  }

  private static let schedules = [
    #"{"name": "constant"}"#, #"{"name": "one_shot", "fine_tune_epochs": 2}"#,
    #"{"name": "iterative", "round_fraction": 0.5, "rewind_step": 3}"#,
  ]

  private func study(_ overrides: String...) throws -> SmallStudy {
    try SmallStudy(
      ["pruning.sparsities=[0, 0.5, 0.75]", "training.seeds=[1, 2]", "training.epochs=2"] + overrides)
  }

  /// Runs a share of a study for each observer, side by side.
  private func run(_ study: SmallStudy, _ shares: [StudyShare]) throws -> [TestObserver] {
    let observers = shares.map { _ in TestObserver() }
    let failures = Mutex<[any Error]>([])
    DispatchQueue.concurrentPerform(iterations: shares.count) { index in
      do {
        try study.run(observer: observers[index], share: shares[index], patience: Self.impatience)
      } catch {
        failures.withLock { $0.append(error) }
      }
    }
    if let error = failures.withLock({ $0.first }) { throw error }
    return observers
  }

  @Test("three together leave what one leaves, and train each job once", arguments: schedules)
  func together(schedule: String) throws {
    let alone = try study("pruning.schedule=\(schedule)")
    let observer = TestObserver()
    try alone.run(observer: observer)
    let shared = try study("pruning.schedule=\(schedule)")
    let observers = try run(shared, [StudyShare(), StudyShare(), StudyShare()])
    func starts(_ observers: [TestObserver]) -> [String] {
      observers.flatMap(\.told).filter { $0.contains(" starts after ") }.sorted()
    }
    #expect(starts(observers) == starts([observer]))
    #expect(try shared.comparable() == alone.comparable())
    #expect(try FileSystem.names(in: shared.files.path) == FileSystem.names(in: alone.files.path))
    #expect(
      try MeasurementRow.read(shared.files.measurements).map(\.run)
        == MeasurementRow.read(alone.files.measurements).map(\.run))
  }

  @Test(
    "shards train what is theirs and what that builds on; the last to end makes the tables",
    arguments: schedules)
  func shards(schedule: String) throws {
    let alone = try study("pruning.schedule=\(schedule)")
    try alone.run()
    let shared = try study("pruning.schedule=\(schedule)")
    for number in 1...3 {
      try shared.run(share: StudyShare(shard: StudyShare.Shard("\(number)/3")), patience: Self.impatience)
    }
    #expect(try shared.comparable() == alone.comparable())
  }

  @Test("stages one after the other leave nothing to the next, and are as many as runs build on each other")
  func stages() throws {
    for (schedule, count) in zip(Self.schedules, [1, 2, 3]) {
      let alone = try study("pruning.schedule=\(schedule)")
      try alone.run()
      let shared = try study("pruning.schedule=\(schedule)")
      let jobs = StudyJobs(shared.config, runs: shared.config.runs, in: shared.files)
      let stages = jobs.stages
      #expect(stages.count == count, "\(schedule)")
      for stage in 1...count {
        let observer = TestObserver()
        try shared.run(observer: observer, share: StudyShare(stage: stage), patience: Self.impatience)
        #expect(observer.told.count { $0.contains(" starts after ") } == stages[stage - 1].count)
      }
      #expect(try shared.comparable() == alone.comparable())
    }
  }

  @Test("a run that others have taken over is left to them, and its files are not written")
  func lost() throws {
    let alone = try SmallStudy("pruning.sparsities=[0.5]", "training.epochs=3")
    try alone.run()
    let study = try SmallStudy("pruning.sparsities=[0.5]", "training.epochs=3")
    let epochs = Counter()
    let claim = study.files.path + "/claims/weight-s0.5-seed1@0"
    let observer = TestObserver(onEpoch: { if epochs.next() == 2 { try? FileSystem.remove(claim) } })
    try study.run(observer: observer, share: StudyShare(), patience: Self.impatience)
    #expect(observer.told.contains("weight-s0.5-seed1 lost"))
    #expect(observer.told.contains { $0.hasPrefix("warning: weight-s0.5-seed1 was given up by others") })
    #expect(observer.told.count { $0.contains(" starts after ") } == 2)
    #expect(try study.comparable() == alone.comparable())
  }

  @Test("who comes later joins with the same config, and is refused with another or without being told to")
  func joining() throws {
    let study = try study("training.epochs=3")
    let answers = Mutex<[String]>([])
    let isFirst = Counter()
    let observer = TestObserver(onEpoch: {
      guard isFirst.next() == 1 else { return }
      var longer = study
      longer.config.training.epochs = 4
      let others = [
        message { try study.run() },
        message { try longer.run(share: StudyShare(), patience: Self.impatience) },
        message { try study.run(force: true, share: StudyShare(), patience: Self.impatience) },
      ]
      answers.withLock { $0 = others }
    })
    try study.run(observer: observer, share: StudyShare(), patience: Self.impatience)
    let texts = answers.withLock { $0 }
    #expect(texts.count == 3)
    #expect(texts.first?.contains("is in use by another whittle") == true)
    #expect(
      texts.dropFirst().first?.hasSuffix("its config asks for other runs or epochs: wait until they are done")
        == true)
    #expect(texts.last?.hasSuffix("to start over with --force, end them first") == true)
  }

  @Test("a failed run is known to others, with all that builds on it")
  func failure() throws {
    let settings = [
      #"pruning.schedule={"name": "one_shot"}"#, "pruning.sparsities=[0.5]", "training.epochs=1",
    ]
    func backend() throws -> WrappingBackend { try WrappingBackend { FaultyModel($0, .loss(.nan)) } }
    let alone = try SmallStudy(settings)
    let rows = try alone.run(backend())
    #expect(rows.map(\.status) == [.failed])
    let shared = try SmallStudy(settings)
    try shared.run(backend(), share: StudyShare(stage: 1), patience: Self.impatience)
    #expect(try shared.files.dense(seed: 1).readResult()?.status == .failed)
    // Tried once more, since nobody else is at work.
    try shared.run(backend(), share: StudyShare(), patience: Self.impatience)
    #expect(try SummaryRow.read(shared.files.summaryCSV).map(\.note) == rows.map(\.note))
  }

  @Test("a result counts though the table lacks it, and a folder from before there were any opens as it did")
  func results() throws {
    let study = try study()
    let rows = try study.run()
    let before = try study.comparable()
    try SummaryRow.write(Array(rows.prefix(2)), to: study.files.summaryCSV)
    let observer = TestObserver()
    try study.run(observer: observer)
    #expect(observer.told == [])
    #expect(try study.comparable() == before)
    for folder in try study.files.allRuns() { try FileSystem.remove(folder.result) }
    try study.run(observer: observer)
    #expect(observer.told == [])
  }
}
