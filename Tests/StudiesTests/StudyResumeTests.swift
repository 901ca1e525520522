import Dispatch
import Files
import GraphExec
import Studies
import StudyFiles
import Testing

/// Protects what interrupted runs go on from.
@Suite("Resuming a study")
struct StudyResumeTests {
  /// A study interrupted twice, so that it has a checkpoint after epoch 2 and the one before it, after epoch 1.
  private func interrupted(_ overrides: String) throws -> (study: SmallStudy, checkpoint: CheckpointFile) {
    let study = try SmallStudy(overrides, "pruning.sparsities=[0.5]", "training.epochs=5")
    for epoch in 1...2 {
      let stopped = #expect(throws: StudyInterrupted.self) {
        try study.run(observer: TestObserver(stopAfter: epoch))
      }
      #expect(stopped?.kept.map { "\($0.run) \($0.epoch)" } == ["weight-s0.5-seed1 \(epoch)"])
    }
    let run = RunName(strategy: .weight, sparsity: 0.5, seed: 1)
    return (study, study.files.run(run).checkpoint)
  }

  private func uninterrupted(_ overrides: String) throws -> [String: String] {
    let study = try SmallStudy(overrides, "pruning.sparsities=[0.5]", "training.epochs=5")
    try study.run()
    return try study.comparable()
  }

  private static let ways = [
    "name=small", #"pruning.schedule={"name":"polynomial","end_epoch":3,"frequency":2}"#,
    "training.trainable_layers=output", "metrics.accuracy=cumulative", "execution.format=dense",
    #"training.optimizer={"name":"sgd","learning_rate":0.1}"#,
    #"training.optimizer={"name":"sgd","momentum":0.9,"nesterov":true,"weight_decay":0.001}"#,
    #"training.schedule={"name":"cosine","warmup_epochs":1}"#,
    #"training.schedule={"name":"step","milestones":[1,3]}"#,
  ]

  @Test("every way of training goes on after its last epoch and ends with the same bits", arguments: ways)
  func resume(way: String) throws {
    let (study, _) = try interrupted(way)
    let observer = TestObserver()
    try study.run(observer: observer)
    #expect(observer.told.first == "weight-s0.5-seed1 starts after 2 of 5")
    #expect(observer.told.filter { $0.contains(" epoch ") }.count == 3)
    #expect(try study.comparable() == uninterrupted(way))
    // With frozen layers there is no training of the whole network to measure.
    let measured = way == "training.trainable_layers=output" ? [] : ["measurements.csv"]
    #expect(
      try FileSystem.names(in: study.files.path)
        == [".lock", "config.json"] + measured + ["runs", "summary.csv", "summary.json"])
  }

  @Test("a run that waits for its device when the study is to stop is left to it, and its last epoch saved")
  func busyDevice() throws {
    let study = try SmallStudy("pruning.sparsities=[0.5]", "training.epochs=5", "execution.format=dense")
    let observer = TestObserver()
    let isDone = DispatchSemaphore(value: 0)
    let backend = try WrappingBackend { model in
      FaultyModel(
        model,
        onEpoch: { epoch in
          guard epoch == 3 else { return }
          observer.signal.stop()
          isDone.wait()
        })
    }
    let stopped = #expect(throws: StudyInterrupted.self) { try study.run(backend, observer: observer) }
    // The second epoch, or the first where reading the second was not due yet.
    #expect(stopped?.description.contains("kept weight-s0.5-seed1 up to epoch ") == true)
    isDone.signal()
    try study.run()
    #expect(
      try study.comparable() == uninterrupted("execution.format=dense"))
  }

  @Test("a fine-tuning interrupted in its dense training and after it ends with the same bits")
  func fineTune() throws {
    let way = #"pruning.schedule={"name":"one_shot","fine_tune_epochs":3}"#
    let study = try SmallStudy(way, "pruning.sparsities=[0.5]", "training.epochs=5")
    #expect(throws: StudyInterrupted.self) { try study.run(observer: TestObserver(stopAfter: 4)) }
    let run = study.files.run(RunName(strategy: .weight, sparsity: 0.5, seed: 1))
    #expect(!FileSystem.exists(run.initialModel), "the dense training is not over")
    let second = TestObserver(stopAfter: 2)
    #expect(throws: StudyInterrupted.self) { try study.run(observer: second) }
    #expect(second.told.contains("dense-seed1 starts after 4 of 5"))
    #expect(second.told.contains("weight-s0.5-seed1 epoch 2"))
    try study.run()
    #expect(try study.comparable() == uninterrupted(way))
  }

  @Test(
    "a damaged checkpoint is named, the one before it is used, and the result is the same",
    arguments: [false, true])
  func damaged(truncates: Bool) throws {
    let (study, checkpoint) = try interrupted("name=small")
    var bytes = try FileSystem.read(checkpoint.path)
    if truncates { bytes.removeLast(bytes.count / 3) } else { bytes[bytes.count / 2] ^= 4 }
    try AtomicFile.write(bytes, to: checkpoint.path)
    let observer = TestObserver()
    try study.run(observer: observer)
    let warnings = observer.told.filter { $0.hasPrefix("warning: ") }
    #expect(warnings.count == 1)
    #expect(warnings.first?.hasPrefix("warning: \(checkpoint.path): ") == true)
    #expect(warnings.first?.hasSuffix("; going back to the checkpoint before it") == true)
    #expect(observer.told.contains("weight-s0.5-seed1 starts after 1 of 5"))
    #expect(try study.comparable() == uninterrupted("name=small"))
  }

  @Test("with both checkpoints damaged the run starts over, says so, and the result is the same")
  func bothDamaged() throws {
    let (study, checkpoint) = try interrupted("name=small")
    for path in [checkpoint.path, checkpoint.previousPath] { try AtomicFile.write("nothing", to: path) }
    let observer = TestObserver()
    try study.run(observer: observer)
    #expect(observer.told.filter { $0.hasPrefix("warning: ") }.count == 2)
    #expect(observer.told.contains { $0.hasSuffix("; the run starts over") })
    #expect(observer.told.contains("weight-s0.5-seed1 starts after 0 of 5"))
    #expect(try study.comparable() == uninterrupted("name=small"))
  }

  @Test("a study killed between a run's row and its checkpoint's removal is tidied, and repeats nothing")
  func leftCheckpoint() throws {
    let (study, checkpoint) = try interrupted("name=small")
    let left = try FileSystem.read(checkpoint.path)
    try study.run()
    try AtomicFile.write(left, to: checkpoint.path)
    let leftover = "/runs/weight-s0.5-seed1/.metrics.csv.0000000000001.tmp"
    try AtomicFile.write("half", to: study.files.path + leftover)
    let observer = TestObserver()
    try study.run(observer: observer)
    #expect(observer.told == [])
    #expect(try study.comparable() == uninterrupted("name=small"))
  }

  @Test("runs of another device are warned of, not mixed in silence")
  func otherDevice() throws {
    let study = try SmallStudy("training.epochs=1")
    try study.run()
    let observer = TestObserver()
    try study.run(WrappingBackend(name: "another") { $0 }, observer: observer)
    #expect(
      observer.told == [
        "warning: \(study.files.path) was begun on the device \"CPU\", and goes on with \"another\"; "
          + "devices round differently"
      ])
  }
}
