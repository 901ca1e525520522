import Configs
import Files
import GraphExec
import ModelFiles
import Pruning
import Studies
import StudyFiles
import TestSupport
import Testing

/// Protects what each control keeps of the run that it is held against, and what it does not.
@Suite("Controls of pruned runs")
struct ControlTests {
  private static let all = #"pruning.controls=["new_weights","shuffled_mask","random_mask","equal_size"]"#
  private static let masks = #"pruning.controls=["new_weights","shuffled_mask","random_mask"]"#

  private func name(
    _ control: PruningConfig.Control? = nil, _ strategy: PruningConfig.Strategy = .weight,
    sparsity: Double = 0.8
  ) -> RunName {
    RunName(strategy: strategy, sparsity: sparsity, seed: 1, control: control)
  }

  /// Masks, and weights before training, of a run.
  private func start(_ study: SmallStudy, _ run: RunName) throws -> (masks: [[UInt8]], values: [Matrix]) {
    let folder = study.files.run(run)
    return (
      try StoredModel.read(folder.model).state.masks, try study.weights(folder.initialModel)
    )
  }

  /// Values where a mask keeps them.
  private func masked(_ values: [Matrix], _ masks: [[UInt8]]) -> [Matrix] {
    zip(values, masks).map { value, mask in
      Matrix(
        rows: value.rows, columns: value.columns, values: zip(value.values, mask).map { $1 == 0 ? 0 : $0 })
    }
  }

  @Test("names of controls are those of their runs with an ending, and read back; other endings are no runs")
  func names() {
    #expect(name(.shuffledMask).description == "weight-s0.8-seed1-shuffled_mask")
    for control in [nil] + PruningConfig.Control.allCases {
      #expect(RunName(name(control).description) == name(control))
    }
    #expect(RunName("weight-s0.8-seed1-copy") == nil && RunName("weight-s0.8-seed1-") == nil)
    #expect(name(.equalSize).pruned == name())
  }

  @Test("each pruned run has its controls after it, the unpruned one none; they need it")
  func jobs() throws {
    let study = try SmallStudy("pruning.sparsities=[0, 0.8]", Self.all)
    let list = StudyJobs(study.config, runs: study.config.runs, in: study.files).list(for: study.config.runs)
    #expect(
      list.map { "\($0.label) < \($0.needs.joined())" } == [
        "weight-s0-seed1 < ", "weight-s0.8-seed1 < ",
        "weight-s0.8-seed1-new_weights < weight-s0.8-seed1",
        "weight-s0.8-seed1-shuffled_mask < weight-s0.8-seed1",
        "weight-s0.8-seed1-random_mask < weight-s0.8-seed1",
        "weight-s0.8-seed1-equal_size < weight-s0.8-seed1",
      ])
  }

  @Test(
    "masks are the same, shuffled or drawn anew, with the initial weights or others, and never change",
    arguments: [PruningConfig.Strategy.weight, .neuron])
  func masks(strategy: PruningConfig.Strategy) throws {
    let study = try SmallStudy(
      "pruning.sparsities=[0.8]", Self.masks, #"pruning.strategies=["\#(strategy.rawValue)"]"#,
      #"pruning.criterion=random"#)
    let rows = try study.run()
    #expect(rows.map(\.status) == Array(repeating: .finished, count: 4))
    #expect(rows.map(\.control) == [nil, .newWeights, .shuffledMask, .randomMask])
    #expect(
      rows.allSatisfy { $0.nnz == rows[0].nnz && $0.sparsity == 0.8 && $0.criterion.rawValue == "random" })
    let pruned = try start(study, name(nil, strategy))
    let new = try start(study, name(.newWeights, strategy))
    let shuffled = try start(study, name(.shuffledMask, strategy))
    let random = try start(study, name(.randomMask, strategy))
    let initial = study.config.initialState(seed: 1).parameters.map(\.value)
    #expect(pruned.values == initial)
    #expect(new.masks == pruned.masks)
    #expect(shuffled.masks != pruned.masks && random.masks != pruned.masks && random.masks != shuffled.masks)
    for masks in [shuffled.masks, random.masks] {
      #expect(masks.map { $0.count { $0 != 0 } } == pruned.masks.map { $0.count { $0 != 0 } })
    }
    #expect(shuffled.values == masked(initial, shuffled.masks))
    #expect(random.values == masked(initial, random.masks))
    // Another draw: of every survivor, and of none that is pruned.
    #expect(new.values == masked(new.values, pruned.masks) && new.values[2] != initial[2])
    for row in rows {
      let nnz = try MetricsRow.read(study.files.run(row.runName).metrics).map(\.nnz)
      #expect(nnz == Array(repeating: row.nnz, count: 4))
      let weights = try study.weights(study.files.run(row.runName).model)
      let masks = try start(study, row.runName).masks
      #expect(weights == masked(weights, masks) && weights[2] != initial[2], "it is trained")
    }
  }

  @Test("a shuffled mask of units takes whole units, with what they own")
  func units() throws {
    let study = try SmallStudy(
      "pruning.sparsities=[0.5]", Self.masks, #"pruning.strategies=["neuron"]"#,
      "model=\(SparseResumeTests.convolutions)")
    try study.run()
    for control in [PruningConfig.Control.shuffledMask, .randomMask] {
      let masks = try start(study, name(control, .neuron, sparsity: 0.5)).masks
      for owners in study.config.network.unitOwners {
        for owned in owners.weights {
          let columns = study.config.network[owned.parameter].columns
          let mask = masks[owned.parameter.index]
          // All rows of a column are alike.
          #expect(mask.indices.allSatisfy { mask[$0] == mask[$0 % columns] })
        }
      }
    }
  }

  @Test(
    "a random mask goes by the scope, whatever the pruned run's layers keep; a shuffled one by the layers")
  func scopes() throws {
    let study = try SmallStudy("pruning.sparsities=[0.8]", Self.masks, "pruning.scope=global")
    let rows = try study.run()
    #expect(Set(rows.map(\.nnz)).count == 1)
    func survivors(_ control: PruningConfig.Control?) throws -> [Int] {
      try start(study, name(control)).masks.map { $0.count { $0 != 0 } }
    }
    #expect(try survivors(.shuffledMask) == survivors(nil))
    #expect(try survivors(.randomMask) != survivors(nil))
    // Chance takes about the same share of each layer.
    #expect(try abs(Double(survivors(.randomMask)[0]) / Double(784 * 24) - 0.2) < 0.02)
  }

  @Test(
    "controls of tickets start from the weights that these are set back to, of all survivors of their masks")
  func tickets() throws {
    let study = try SmallStudy(
      #"pruning.schedule={"name":"iterative","rewind_step":7}"#, "pruning.sparsities=[0.36]", Self.masks)
    try study.run()
    let first = study.files.round(RunName(strategy: .weight, sparsity: 0, seed: 1))
    let rewind = try study.weights(first.rewind)
    for control in [PruningConfig.Control.shuffledMask, .randomMask] {
      let start = try start(study, name(control, sparsity: 0.36))
      #expect(start.values == masked(rewind, start.masks))
    }
  }

  @Test(
    "a control is trained for as many epochs as its run after pruning, on the same images in the same order")
  func epochs() throws {
    let study = try SmallStudy(
      #"pruning.schedule={"name":"one_shot","fine_tune_epochs":2}"#, "pruning.sparsities=[0.8]", Self.all,
      #"training.schedule={"name":"cosine"}"#)
    let observer = TestObserver()
    let rows = try study.run(observer: observer)
    #expect(rows.count == 5)
    // The dense training, and two for each run.
    #expect(observer.planned == ["0 of 5 runs, 14 epochs to come"])
    for row in rows {
      #expect(try MetricsRow.read(study.files.run(row.runName).metrics).map(\.epoch) == [1, 2])
    }
  }

  @Test(
    "a dense network of equal size has at most as many parameters as survive, and is held against the whole one"
  )
  func equalSize() throws {
    let study = try SmallStudy("pruning.sparsities=[0.8]", #"pruning.controls=["equal_size"]"#)
    let rows = try study.run()
    let (pruned, dense) = (rows[0], rows[1])
    let stored = try StoredModel.read(study.files.run(dense.runName).model)
    #expect(stored.original == study.config.network.scaled(toParameters: pruned.nnz))
    #expect(stored.original.parameterCount == dense.nnz && dense.nnz <= pruned.nnz)
    #expect(stored.survivors == dense.nnz, "it is dense")
    #expect(dense.params == pruned.params && dense.macs == pruned.macs)
    #expect(dense.compressionRatio == Double(dense.params) / Double(dense.nnz))
    #expect(dense.theoreticalSpeedup == Double(dense.macs) / Double(stored.original.macs))
    #expect(dense.sparsity == 0.8 && dense.control == .equalSize)
    let measured = try MeasurementRow.read(study.files.measurements)
    #expect(measured.map(\.run) == rows.map(\.runName))
    #expect(measured[1].maxLogitDifference == 0 && measured[1].deviceBytes < measured[1].deviceBytesDense)
    // What is there is what the tables say, when it is read back.
    let observer = TestObserver()
    #expect(try study.run(observer: observer) == rows)
    #expect(observer.told == [])
  }

  @Test("where no dense network is as small, its run fails and says so, and the others do not")
  func tooSmall() throws {
    let study = try SmallStudy(
      "pruning.sparsities=[0.98]", #"pruning.controls=["equal_size","new_weights"]"#, "training.epochs=1")
    let rows = try study.run()
    #expect(rows.map(\.status) == [.finished, .failed, .finished])
    #expect(
      rows[1].note
        == "no dense network of this form is as small as the pruned one: \(rows[0].nnz) parameters survive, and with "
        + "one unit in each hidden layer it has 795")
  }

  @Test("a control of a run that failed fails with it, by name")
  func failure() throws {
    let study = try SmallStudy("pruning.sparsities=[0.8]", Self.all, "execution.format=dense")
    let trained = Counter()
    let backend = try WrappingBackend { FaultyModel($0, .loss(.nan), fromEpoch: 2, firstOf: trained) }
    let rows = try study.run(backend)
    #expect(rows.map(\.status) == Array(repeating: .failed, count: 5))
    #expect(
      rows[1].note == "weight-s0.8-seed1 failed: the loss became NaN in epoch 2; try a lower learning rate")
    // It is known of the row, when the study goes on.
    #expect(try study.run().map(\.note) == rows.map(\.note))
    let retried = try study.run(retry: true)
    #expect(retried.allSatisfy { $0.status == .finished })
  }

  @Test(
    "stopped in every run, and continued, a study with controls ends with the same bits",
    arguments: [
      #"pruning.schedule={"name":"constant"}"#, #"pruning.schedule={"name":"iterative","rewind_step":7}"#,
    ])
  func resume(way: String) throws {
    let settings = [way, "pruning.sparsities=[0, 0.8]", Self.all, "training.epochs=3"]
    let whole = try SmallStudy(settings)
    try whole.run()
    let study = try SmallStudy(settings)
    var stops = 0
    while true {
      do {
        try study.run(observer: TestObserver(stopAfter: stops % 2 + 1))
        break
      } catch is StudyInterrupted {
        stops += 1
      }
    }
    #expect(stops >= 10)
    #expect(try study.comparable() == whole.comparable())
  }

  @Test("controls that a study comes to ask for are trained, and nothing else")
  func added() throws {
    let study = try SmallStudy("pruning.sparsities=[0, 0.8]")
    try study.run()
    var extended = study
    extended.config.pruning.controls = PruningConfig.Control.allCases
    let observer = TestObserver()
    try extended.run(observer: observer)
    let begun = observer.told.filter { $0.contains(" starts ") }
    #expect(begun.count == 4 && begun.allSatisfy { $0.contains("weight-s0.8-seed1-") })
    let whole = try SmallStudy("pruning.sparsities=[0, 0.8]", Self.all)
    try whole.run()
    #expect(try extended.comparable() == whole.comparable())
  }
}
