import Backends
import Configs
import Files
import GraphExec
import Pruning
import Reference
import Studies
import StudyFiles
import Synchronization
import TestSupport
import Testing

/// Protects the rounds of lottery tickets: what is pruned in each, what survivors are set back to, and what is shared.
@Suite("Iterative pruning")
struct IterativeTests {
  private static let weights = #"pruning.schedule={"name":"iterative"}"#
  private static let step7 = #"pruning.schedule={"name":"iterative","rewind_step":7}"#
  private static let rate = #"pruning.schedule={"name":"iterative","rewind":"learning_rate"}"#

  @Test("after r rounds the sparsity is 1 - (1 - p)^r, as a decimal; the last round takes what is left")
  func rounds() {
    let fifths = IterativeSchedule(roundFraction: 0.2)
    #expect((0...5).map(fifths.sparsity(afterRounds:)) == [0, 0.2, 0.36, 0.488, 0.5904, 0.67232])
    #expect(
      [0, 1e-8, 0.1, 0.2, 0.2001, 0.36, 0.487, 0.488, 0.4885, 0.964, 0.99].map(fifths.rounds(to:))
        == [0, 1, 1, 1, 2, 2, 3, 3, 4, 15, 21])
    // As the power gives it, with more digits than the decimal has.
    #expect(fifths.rounds(to: 0.964815627911168) == 15)
    #expect(
      [0, 0.1, 0.2, 0.36, 0.4, 0.964815627911168].map(fifths.isWhole)
        == [true, false, true, true, false, true])
    let most = IterativeSchedule(roundFraction: 0.99)
    #expect(most.rounds(to: 0.99) == 1 && most.rounds(to: 0.9901) == 2)
    let least = IterativeSchedule(roundFraction: 0.01)
    #expect(least.rounds(to: 1 - 1e-9) == 2062)
  }

  private func jobs(_ overrides: String...) throws -> [TrainingJob] {
    let study = try SmallStudy(overrides)
    return StudyJobs(study.config, runs: study.config.runs, in: study.files).list(for: study.config.runs)
  }

  @Test("rounds are trained once for all sparsities, and one that the config asks for is that run")
  func jobs() throws {
    let rounds = try jobs(Self.weights, "pruning.sparsities=[0.5, 0.36, 0.7]")
    #expect(
      rounds.map { "\($0.label) < \($0.needs.joined(separator: ", "))" } == [
        "round-weight-s0-seed1 < ", "round-weight-s0.2-seed1 < round-weight-s0-seed1",
        "weight-s0.36-seed1 < round-weight-s0.2-seed1", "round-weight-s0.488-seed1 < weight-s0.36-seed1",
        "weight-s0.5-seed1 < round-weight-s0.488-seed1",
        "round-weight-s0.5904-seed1 < round-weight-s0.488-seed1",
        "round-weight-s0.67232-seed1 < round-weight-s0.5904-seed1",
        "weight-s0.7-seed1 < round-weight-s0.67232-seed1",
      ])
    #expect(rounds.filter(\.isRun).count == 3)
    // The first training is the unpruned run's, for both strategies; a later step's weights are from there.
    let both = try jobs(
      Self.step7, "pruning.sparsities=[0, 0.3]", #"pruning.strategies=["neuron","weight"]"#)
    #expect(
      both.map { "\($0.label) < \($0.needs.joined(separator: ", "))" } == [
        "neuron-s0-seed1 < ", "round-neuron-s0.2-seed1 < neuron-s0-seed1",
        "neuron-s0.3-seed1 < round-neuron-s0.2-seed1, neuron-s0-seed1",
        "round-weight-s0.2-seed1 < neuron-s0-seed1",
        "weight-s0.3-seed1 < round-weight-s0.2-seed1, neuron-s0-seed1",
      ])
    // A layer that is to go further than the round is another network's.
    let own = try jobs(Self.weights, "pruning.sparsities=[0.36, 0.5]", #"pruning.layers={"layers.1":0.4}"#)
    #expect(
      own.map(\.label).filter { $0.contains("0.36") } == ["weight-s0.36-seed1", "round-weight-s0.36-seed1"])
  }

  /// The layers' weights and masks of what was trained for a sparsity.
  private func state(_ study: SmallStudy, _ sparsity: Double) throws -> [Matrix] {
    let name = RunName(strategy: .weight, sparsity: sparsity, seed: 1)
    let folders = [study.files.run(name), study.files.round(name)]
    return try study.weights(#require(folders.first { FileSystem.exists($0.model) }).model)
  }

  private static let backends = ["cpu", "opencl"]

  @Test(
    "survivors are rewound to the very bits of the first training, their slots and steps to nothing",
    .needs(.openCL), arguments: backends, [weights, step7, rate])
  func rewound(backend: String, way: String) throws {
    let study = try SmallStudy(way, "pruning.sparsities=[0.2, 0.488]", "execution.format=dense")
    let loaded = Mutex<[ModelState]>([])
    let inner = try backend == "cpu" ? CPUBackend() : OpenCLTests.backend.get()
    let wrapping = try WrappingBackend(of: inner) {
      FaultyModel($0, onLoad: { state in loaded.withLock { $0.append(state) } })
    }
    let rows = try study.run(wrapping)
    #expect(rows.map(\.status) == [.finished, .finished])
    let trained = try [0, 0.2, 0.36, 0.488].map { try state(study, $0) }
    let first = study.files.round(RunName(strategy: .weight, sparsity: 0, seed: 1))
    let initial = study.config.initialState(seed: 1).parameters.map(\.value)
    let target: [Matrix]? =
      switch way {
      case Self.weights: initial
      case Self.step7: try study.weights(first.rewind)
      default: nil
      }
    if way == Self.step7 { #expect(target != initial && target != trained[0]) }
    #expect(FileSystem.exists(first.rewind) == (way == Self.step7))
    // What a round trains from is what its model was loaded with last.
    let starts = loaded.withLock { $0 }.filter { $0.step == 0 }
    for round in 1...3 {
      let masks = trained[round].map { $0.values.map { $0 == 0 ? UInt8(0) : 1 } }
      let values = target ?? trained[round - 1]
      let expected = zip(values, masks).map { value, mask in
        zip(value.values, mask).map { $1 == 0 ? 0 : $0 }
      }
      // Without rewinding the masked values never leave the device: what is loaded is what is pruned then.
      guard target != nil else {
        #expect(starts.contains { $0.parameters.map(\.value) == trained[round - 1] })
        continue
      }
      let start = try #require(starts.first { $0.masks == masks && $0.parameters[0].slots.isEmpty })
      #expect(start.parameters.map(\.value.values) == expected)
    }
  }

  @Test("each round prunes the smallest of what the last one trained, to the exact cumulative count")
  func ranking() throws {
    let study = try SmallStudy(Self.weights, "pruning.sparsities=[0.5]", "training.epochs=2")
    try study.run()
    let sparsities = [0, 0.2, 0.36, 0.488, 0.5]
    let trained = try sparsities.map { try state(study, $0) }
    for round in 1..<sparsities.count {
      for layer in 0..<2 {
        let (before, after) = (trained[round - 1][layer].values, trained[round][layer].values)
        #expect(
          after.count { $0 == 0 } == PruneCount.count(sparsity: sparsities[round], of: after.count))
        #expect(!zip(before, after).contains { $0 == 0 && $1 != 0 }, "a mask grows no entry")
        let removed = zip(before, after).filter { $0 != 0 && $1 == 0 }.map { abs($0.0) }
        let kept = zip(before, after).filter { $1 != 0 }.map { abs($0.0) }
        #expect(try #require(removed.max()) <= #require(kept.min()))
      }
    }
  }

  @Test("the weights kept at a step are those that a training of so many steps ends with")
  func keptStep() throws {
    // 300 images in batches of 64: five steps to an epoch.
    let study = try SmallStudy(
      #"pruning.schedule={"name":"iterative","rewind_step":10}"#, "pruning.sparsities=[0, 0.2]",
      "training.epochs=3")
    try study.run()
    let short = try SmallStudy("training.epochs=2")
    try short.run()
    let run = RunName(strategy: .weight, sparsity: 0, seed: 1)
    #expect(
      try study.weights(study.files.run(run).rewind) == short.weights(short.files.run(run).model))
    #expect(!FileSystem.exists(study.files.rounds))
  }

  @Test(
    "stopped in every round, and continued, it ends with the same bits",
    arguments: [weights, step7, rate], ["dense", "auto"])
  func resume(way: String, format: String) throws {
    let settings = [way, "pruning.sparsities=[0.36, 0.5]", "execution.format=\(format)"]
    let whole = try SmallStudy(settings)
    try whole.run()
    let study = try SmallStudy(settings)
    var stops = 0
    while true {
      let observer = TestObserver(stopAfter: stops % 2 == 0 ? 2 : 3)
      do {
        try study.run(observer: observer)
        break
      } catch is StudyInterrupted {
        stops += 1
      }
    }
    // Five trainings: the dense one and four rounds.
    #expect(stops == 10)
    #expect(try study.comparable() == whole.comparable())
    #expect(try whole.comparable().keys.contains("rounds/weight-s0.488-seed1/model.safetensors"))
  }

  @Test("epochs of all rounds are told when a study begins and when it goes on")
  func progress() throws {
    let study = try SmallStudy(Self.weights, "pruning.sparsities=[0.36, 0.5]")
    let stopped = TestObserver(stopAfter: 4)
    #expect(throws: StudyInterrupted.self) { try study.run(observer: stopped) }
    #expect(stopped.planned == ["0 of 2 runs, 20 epochs to come"])
    let observer = TestObserver()
    try study.run(observer: observer)
    #expect(observer.planned == ["0 of 2 runs, 16 epochs to come"])
  }

  @Test("rounds that the config comes to ask for become runs, and nothing is trained again")
  func adopted() throws {
    let study = try SmallStudy(
      Self.step7, "pruning.sparsities=[0.5]", #"pruning.strategies=["weight","neuron"]"#)
    try study.run()
    var extended = study
    extended.config.pruning.sparsities = [0, 0.36, 0.5]
    let observer = TestObserver()
    let rows = try extended.run(observer: observer)
    #expect(!observer.told.contains { $0.contains(" epoch ") }, "\(observer.told)")
    #expect(rows.count == 5 && rows.allSatisfy { $0.status == .finished })
    let whole = try SmallStudy(
      Self.step7, "pruning.sparsities=[0, 0.36, 0.5]", #"pruning.strategies=["weight","neuron"]"#)
    try whole.run()
    #expect(try extended.comparable() == whole.comparable())
  }

  @Test("a round that fails fails the runs that build on it, by name, and no others")
  func failure() throws {
    let study = try SmallStudy(
      Self.weights, "pruning.sparsities=[0, 0.2, 0.3, 0.5]", "execution.format=dense")
    // Models train in the order of the jobs: 0, 0.2 and 0.3, then the second round.
    let trained = Counter()
    let backend = try WrappingBackend {
      FaultyModel($0, .loss(.nan), fromEpoch: 2, firstOf: trained, place: 4)
    }
    let rows = try study.run(backend)
    #expect(rows.map(\.status) == [.finished, .finished, .finished, .failed])
    #expect(
      rows[3].note
        == "round-weight-s0.36-seed1 failed: the loss became NaN in epoch 2; try a lower learning rate")
    let retried = try study.run(retry: true)
    #expect(retried.map(\.status) == Array(repeating: .finished, count: 4))
    let whole = try SmallStudy(
      Self.weights, "pruning.sparsities=[0, 0.2, 0.3, 0.5]", "execution.format=dense")
    try whole.run()
    #expect(try study.comparable() == whole.comparable())
  }

  @Test("kept weights that are gone are made again, with a warning")
  func lostRewind() throws {
    let study = try SmallStudy(Self.step7, "pruning.sparsities=[0, 0.2]")
    try study.run()
    let before = try study.comparable()
    let rewind = study.files.run(RunName(strategy: .weight, sparsity: 0, seed: 1)).rewind
    try FileSystem.remove(rewind)
    let observer = TestObserver()
    try study.run(observer: observer)
    #expect(
      observer.told.prefix(2) == [
        "warning: \(rewind) is gone; its run is trained again",
        "warning: \(rewind) is gone; the run starts over",
      ])
    #expect(try study.comparable() == before)
  }

  @Test("starting over removes rounds and the weights that are kept for tickets")
  func force() throws {
    let study = try SmallStudy(Self.step7, "pruning.sparsities=[0.36]", "training.epochs=2")
    try study.run()
    try study.files.removeStudy()
    #expect(try FileSystem.names(in: study.files.path) == [".lock"])
  }

  @Test("a step after the training's end is refused before anything is written")
  func lateStep() throws {
    let study = try SmallStudy(#"pruning.schedule={"name":"iterative","rewind_step":20}"#)
    let error = #expect(throws: ConfigError.self) { try study.run() }
    #expect(
      error?.problems == [
        "pruning.schedule.rewind_step: 20 is not before the end of the training, which takes 20 steps; allowed: 0 to 19"
      ])
    #expect(!FileSystem.exists(study.files.path))
  }
}
