import Files
import GraphExec
import StudyFiles
import Testing

/// Protects people from runs that go wrong in silence.
@Suite("Failing runs")
struct StudyFailureTests {
  /// Runs two strategies at sparsity 0.5, in the first of which something goes wrong from epoch 3 on.
  private func run(_ fault: FaultyModel.Fault) throws -> (
    rows: [SummaryRow], study: SmallStudy, told: [String]
  ) {
    // The masked form, so that each run has one model.
    let study = try SmallStudy(
      #"pruning.strategies=["weight","neuron"]"#, "pruning.sparsities=[0.5]", "execution.format=dense")
    let trained = Counter()
    let backend = try WrappingBackend { FaultyModel($0, fault, fromEpoch: 3, firstOf: trained) }
    let observer = TestObserver()
    return (try study.run(backend, observer: observer), study, observer.told)
  }

  private func expectFailure(_ fault: FaultyModel.Fault, _ reason: String) throws {
    let (rows, study, told) = try run(fault)
    #expect(rows.map(\.status) == [.failed, .finished])
    #expect(rows[0].note == reason)
    #expect(rows[1].note == "")
    #expect(told.contains("weight-s0.5-seed1 failed") && told.contains("neuron-s0.5-seed1 finished"))
    // What was good before stays: two epochs, and no final weights.
    let failed = study.files.run(rows[0].runName)
    let epochs = try MetricsRow.read(failed.metrics)
    #expect(epochs.map(\.epoch) == [1, 2])
    #expect(try NumpyFile.read(failed.testAccuracy) == epochs.map(\.testAccuracy))
    #expect(rows[0].testAccuracy == epochs[1].testAccuracy)
    #expect(!FileSystem.exists(failed.model) && !FileSystem.exists(failed.checkpoint.path))
    #expect(try SummaryRow.read(study.files.summaryCSV).map(\.note) == [reason, ""])
  }

  @Test("a loss that is not a number ends the run, with the epoch")
  func notANumber() throws {
    try expectFailure(.loss(.nan), "the loss became NaN in epoch 3; try a lower learning rate")
  }

  @Test("an infinite loss ends the run, with the epoch")
  func infinite() throws {
    try expectFailure(.loss(.infinity), "the loss became infinite in epoch 3; try a lower learning rate")
  }

  @Test("an infinite loss on the test images ends the run")
  func infiniteTest() throws {
    try expectFailure(
      .testLoss(.infinity),
      "the loss on the test images became infinite in epoch 3; try a lower learning rate")
  }

  @Test("a revived entry ends the run, with the layer and the epoch")
  func revived() throws {
    try expectFailure(
      .revived,
      "layer 2 revived 3 pruned weights in epoch 3; this is a fault of the engine: run whittle verify")
  }

  @Test("weights that are not finite end the run, with the layer and the epoch")
  func weights() throws {
    try expectFailure(.notFinite, "layer 1 has 2 weights that are not finite after epoch 3")
  }

  @Test("a run whose survivors are not those that its sparsity asks for fails, and leaves no model")
  func survivors() throws {
    let study = try SmallStudy("pruning.sparsities=[0.5]", "training.epochs=1", "execution.format=dense")
    let row = try study.run(WrappingBackend { FaultyModel($0, .prunesNothing) })[0]
    #expect(row.status == .failed)
    #expect(
      row.note
        == "layer 1 keeps 18816 weights, but 9408 are asked for; this is a fault of the engine: run whittle verify"
    )
    #expect(!FileSystem.exists(study.files.run(row.runName).model))
  }

  @Test("a run that prunes nothing though it has a sparsity says so, and why")
  func nothingPruned() throws {
    let single = try SmallStudy("model.layers=[784,10]", "pruning.sparsities=[0, 0.9]", "training.epochs=1")
    #expect(
      try single.run().map(\.note) == [
        "",
        "nothing is pruned: the only weight matrix is the output layer's, and pruning.prune_output_layer is false",
      ])
    let rounded = try SmallStudy(
      "pruning.strategies=[\"neuron\"]", "pruning.sparsities=[0.02]", "training.epochs=1")
    #expect(try rounded.run()[0].note == "nothing is pruned: 2% of any layer's units rounds to none")
  }

  @Test("what failed is run again when that is asked for, and nothing else is")
  func retry() throws {
    let study = try SmallStudy(
      #"pruning.strategies=["weight","neuron"]"#, "pruning.sparsities=[0.5]", "execution.format=dense")
    let trained = Counter()
    #expect(
      try study.run(WrappingBackend { FaultyModel($0, .revived, fromEpoch: 3, firstOf: trained) }).map(
        \.status)
        == [.failed, .finished])
    #expect(try study.run().map(\.status) == [.failed, .finished])
    let observer = TestObserver()
    #expect(try study.run(observer: observer, retry: true).map(\.status) == [.finished, .finished])
    #expect(observer.told.filter { $0.contains(" starts ") } == ["weight-s0.5-seed1 starts after 0 of 4"])
    let whole = try SmallStudy(
      #"pruning.strategies=["weight","neuron"]"#, "pruning.sparsities=[0.5]", "execution.format=dense")
    try whole.run()
    #expect(try study.comparable() == whole.comparable())
  }

  @Test("a network that no path leads through is noted, though every layer has live units")
  func noPath() throws {
    let study = try SmallStudy(
      "pruning.sparsities=[0.999]", "training.epochs=1", "model.layers=[784,16,16,16,10]",
      "pruning.minimum_survivors=0")
    let rows = try study.run()
    #expect(rows[0].note == "layer 2, layer 3 have no live unit")
    let connected = try SmallStudy("pruning.sparsities=[0.9]", "training.epochs=1")
    #expect(try connected.run()[0].note == "")
    let cut = try SmallStudy(
      "pruning.sparsities=[0.997]", "training.epochs=1", "model.layers=[784,16,16,16,16,10]")
    #expect(try cut.run()[0].note == "no path of surviving weights leads from the image to the output")
  }

  @Test("a dense training that fails is tried once, and fails the runs that need it, each by name")
  func dense() throws {
    let study = try SmallStudy(
      #"pruning.schedule={"name":"one_shot"}"#, "pruning.sparsities=[0, 0.5]", "training.seeds=[1, 2]")
    // The first model that trains is the dense one of seed 1.
    let trained = Counter()
    let backend = try WrappingBackend { FaultyModel($0, .loss(.nan), fromEpoch: 2, firstOf: trained) }
    let observer = TestObserver()
    let rows = try study.run(backend, observer: observer)
    #expect(rows.map(\.seed) == [1, 2, 1, 2])
    #expect(rows.map(\.status) == [.failed, .finished, .failed, .finished])
    #expect(
      rows[0].note
        == "the dense training of seed 1 failed: the loss became NaN in epoch 2; try a lower learning rate")
    #expect(rows[0].note == rows[2].note)
    #expect(observer.told.filter { $0 == "dense-seed1 failed" }.count == 1)
    #expect(observer.told.filter { $0 == "dense-seed2 finished" }.count == 1)
  }
}
