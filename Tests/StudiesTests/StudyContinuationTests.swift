import Configs
import Files
import Studies
import StudyFiles
import TestSupport
import Testing

/// Protects what is trained when a study is asked for more, and the study from what is not its own.
@Suite("Going on with a study")
struct StudyContinuationTests {
  private static let longer = [
    "training.epochs=5", #"pruning.schedule={"name":"polynomial","end_epoch":2,"frequency":2}"#,
    "training.trainable_layers=output", "metrics.accuracy=cumulative", "execution.format=dense",
    #"pruning.schedule={"name":"one_shot","fine_tune_epochs":3}"#,
    #"training.optimizer={"name":"sgd","momentum":0.9}"#,
  ]

  @Test(
    "more epochs go on from the end, and give the bits of a study that had them at once", arguments: longer)
  func epochs(way: String) throws {
    let settings = [
      "pruning.sparsities=[0, 0.5]", "training.epochs=3", "metrics.histogram_interval=1", way,
      "training.epochs=3",
    ]
    let isOneShot = way.contains("one_shot")
    let more =
      isOneShot ? #"pruning.schedule={"name":"one_shot","fine_tune_epochs":5}"# : "training.epochs=5"
    let study = try SmallStudy(settings)
    try study.run()
    var extended = study
    extended.config = try StudyConfig.load(
      path: study.folder("c.json"), overrides: SmallStudy.overrides(settings + [more]))
    let observer = TestObserver()
    try extended.run(observer: observer)
    #expect(
      observer.told.filter { $0.contains(" starts ") } == [
        "weight-s0-seed1 starts after 3 of 5", "weight-s0.5-seed1 starts after 3 of 5",
      ])
    let whole = try SmallStudy(settings + [more])
    try whole.run()
    #expect(try extended.comparable() == whole.comparable())
    #expect(try extended.comparable().keys.contains("weight-s0.5-seed1/optimizer.safetensors"))
  }

  @Test("more epochs that are interrupted at once and later lose nothing")
  func interruptedEpochs() throws {
    let settings = ["pruning.sparsities=[0.5]", "training.epochs=3", "metrics.histogram_interval=1"]
    let study = try SmallStudy(settings)
    try study.run()
    var extended = study
    extended.config.training.epochs = 6
    let stopped = TestObserver()
    stopped.signal.stop()
    #expect(throws: StudyInterrupted.self) { try extended.run(observer: stopped) }
    #expect(throws: StudyInterrupted.self) { try extended.run(observer: TestObserver(stopAfter: 4)) }
    let observer = TestObserver()
    try extended.run(observer: observer)
    #expect(observer.told.first == "weight-s0.5-seed1 starts after 4 of 6")
    let whole = try SmallStudy(settings + ["training.epochs=6"])
    try whole.run()
    #expect(try extended.comparable() == whole.comparable())
  }

  @Test("more epochs for a run without its optimizer's state are trained from the start, and that is said")
  func lostOptimizer() throws {
    let study = try SmallStudy("training.epochs=1")
    try study.run()
    let run = study.files.run(RunName(strategy: .weight, sparsity: 0, seed: 1))
    try FileSystem.remove(run.optimizer)
    var extended = study
    extended.config.training.epochs = 2
    let observer = TestObserver()
    try extended.run(observer: observer)
    #expect(
      observer.told.prefix(2) == [
        "warning: \(run.optimizer) is not there, without which the run is trained from its start",
        "weight-s0-seed1 starts after 0 of 2",
      ])
    let whole = try SmallStudy("training.epochs=2")
    try whole.run()
    #expect(try extended.comparable() == whole.comparable())
  }

  @Test("more seeds, sparsities and strategies are trained, and nothing is trained again")
  func more() throws {
    let study = try SmallStudy("pruning.sparsities=[0, 0.5]", "training.epochs=2")
    try study.run()
    let measured = try MeasurementRow.read(study.files.measurements)
    var extended = study
    extended.config.pruning.strategies = [.neuron, .weight]
    extended.config.pruning.sparsities = [0.9, 0.5, 0]
    extended.config.training.seeds = [2, 1]
    let observer = TestObserver()
    let rows = try extended.run(observer: observer)
    let begun = observer.told.filter { $0.contains(" starts ") }
    #expect(begun.count == 8)
    #expect(!begun.contains { $0.hasPrefix("weight-s0-seed1") || $0.hasPrefix("weight-s0.5-seed1") })
    #expect(!begun.contains { $0.hasPrefix("neuron-s0-seed1") }, "the control is that of the other strategy")
    #expect(rows.count == 10 && rows.allSatisfy { $0.status == .finished })
    let now = try MeasurementRow.read(study.files.measurements)
    #expect(now.map(\.run) == rows.map(\.runName))
    for row in measured { #expect(now.contains(row), "it is measured once") }
  }

  @Test(
    "what would make other networks of those that are there is refused, with the reason",
    arguments: [
      (
        ["pruning.sparsities=[0, 0.9]"],
        "pruning.sparsities: [0,0.5] -> [0,0.9] (the list can be added to, but what it had must stay in it)"
      ),
      (["training.epochs=1"], "training.epochs: 3 -> 1 (more epochs can be trained, fewer cannot)"),
      (
        [#"pruning.schedule={"name":"polynomial"}"#, "training.epochs=6"],
        "pruning.schedule.end_epoch: 2 -> 3 (each step was pruned by that schedule; --set "
          + "pruning.schedule.end_epoch=2 keeps it)"
      ),
      (
        [#"pruning.schedule={"name":"one_shot","fine_tune_epochs":1}"#, "training.epochs=6"],
        "training.epochs: 3 -> 6 (pruning starts from the end of these epochs, which more of them would move)"
      ),
      (["training.optimizer.learning_rate=0.5"], "training.optimizer.learning_rate: 0.001 -> 0.5"),
      (
        [#"training.schedule={"name":"cosine"}"#, "training.epochs=6"],
        "training.epochs: 3 -> 6 (the cosine schedule of the learning rate spans them all)"
      ),
    ])
  func refused(overrides: [String], expected: String) throws {
    let schedule = overrides.filter { $0.contains("schedule=") }
    let settings = ["pruning.sparsities=[0, 0.5]", "training.epochs=3"] + schedule
    let study = try SmallStudy(settings)
    try study.run()
    var changed = study
    changed.config = try StudyConfig.load(
      path: study.folder("c.json"), overrides: SmallStudy.overrides(settings + overrides))
    let before = try study.comparable()
    let error = #expect(throws: ConfigChanged.self) { try changed.run() }
    #expect(error?.differences.map(\.description) == [expected])
    #expect(try study.comparable() == before)
  }

  @Test(
    "other images under the same config are refused before any run is done; the same ones elsewhere are not")
  func images() throws {
    let folder = try TemporaryFolder()
    for name in ["here", "there"] { try folder.writeImages(name, first: 0, count: 90) }
    let study = try SmallStudy(
      "dataset={\"name\":\"mnist\",\"directory\":\"\(folder("here"))\"}", "training.epochs=3")
    #expect(throws: StudyInterrupted.self) { try study.run(observer: TestObserver(stopAfter: 1)) }
    try folder.writeImages("here", first: 7, count: 90)
    let error = #expect(throws: FileFormatError.self) { try study.run() }
    #expect(error?.problem.hasPrefix("the images are not those that the study was begun with") == true)
    var moved = study
    moved.config.dataset.directory = folder("there/")
    moved.config.dataset.train = 90
    let observer = TestObserver()
    try moved.run(observer: observer)
    #expect(observer.told.first == "weight-s0-seed1 starts after 1 of 3")
  }

  @Test("a device is what it is, not how it is asked for")
  func device() throws {
    let study = try SmallStudy("training.epochs=1")
    try study.run()
    var renamed = study
    renamed.config.execution.device = "auto"
    let observer = TestObserver()
    try renamed.run(observer: observer)
    #expect(observer.told == [])
    renamed.config.execution.device = "gpu"
    let error = #expect(throws: ConfigChanged.self) {
      try renamed.run(WrappingBackend(name: "another") { $0 })
    }
    #expect(error?.differences.map(\.path) == ["execution.device"])
  }

  @Test("checkpoints without their config are not gone on with")
  func lostConfig() throws {
    let study = try SmallStudy("training.epochs=3")
    #expect(throws: StudyInterrupted.self) { try study.run(observer: TestObserver(stopAfter: 1)) }
    try FileSystem.remove(study.files.config)
    for force in [false, true] {
      let error = #expect(throws: FileFormatError.self) { try study.run(force: force) }
      #expect(error?.problem.hasPrefix("holds results, but no config.json") == true)
    }
  }

  @Test(
    "files of a run that were removed are made anew, with a warning, and cost no training", arguments: [1, 3])
  func lostFiles(stopAfter: Int) throws {
    let settings = ["pruning.sparsities=[0.5]", "training.epochs=3"]
    let study = try SmallStudy(settings)
    if stopAfter < 3 {
      #expect(throws: StudyInterrupted.self) { try study.run(observer: TestObserver(stopAfter: stopAfter)) }
    } else {
      try study.run()
    }
    let run = study.files.run(RunName(strategy: .weight, sparsity: 0.5, seed: 1))
    try FileSystem.remove(run.events)
    try FileSystem.remove(run.initialModel)
    let observer = TestObserver()
    try study.run(observer: observer)
    #expect(observer.told.contains("warning: \(run.initialModel) is gone; it is made anew"))
    #expect(
      observer.told.contains(
        "warning: \(run.events) is gone; it is made anew, for epochs 1 to \(stopAfter) without histograms and the "
          + "layers' counts"))
    #expect(observer.told.filter { $0.contains(" epoch ") }.count == 3 - stopAfter)
    let whole = try SmallStudy(settings)
    try whole.run()
    var (left, right) = (try study.comparable(), try whole.comparable())
    let events = "weight-s0.5-seed1/events.out.tfevents.0000000000.whittle"
    #expect(left.removeValue(forKey: events) != nil && right.removeValue(forKey: events) != nil)
    // The length of the events is noted there.
    let optimizer = "weight-s0.5-seed1/optimizer.safetensors"
    #expect(left.removeValue(forKey: optimizer) != nil && right.removeValue(forKey: optimizer) != nil)
    #expect(left == right)
  }

  @Test("a table that was removed is made anew from the runs, which are not trained again")
  func lostTable() throws {
    let study = try SmallStudy("pruning.sparsities=[0, 0.5]", "training.epochs=2")
    try study.run()
    let before = try study.comparable()
    try FileSystem.remove(study.files.summaryCSV)
    try FileSystem.remove(study.files.summaryJSON)
    let observer = TestObserver()
    try study.run(observer: observer)
    #expect(!observer.told.contains { $0.contains(" epoch ") })
    #expect(
      observer.told.first
        == "warning: \(study.files.summaryJSON) is gone; whether images and device are those that "
        + "\(study.files.path) was begun with is not known")
    #expect(try study.comparable() == before)
  }

  @Test("tables that are damaged are made anew from the runs, which are not trained again")
  func damagedTable() throws {
    let study = try SmallStudy("pruning.sparsities=[0, 0.5]", "training.epochs=2")
    try study.run()
    let before = try study.comparable()
    let info = try SummaryRow.readInfo(study.files.summaryJSON)
    try AtomicFile.write("strategy\nweight\n", to: study.files.summaryCSV)
    try AtomicFile.write("{", to: study.files.summaryJSON)
    let observer = TestObserver()
    try study.run(observer: observer)
    #expect(!observer.told.contains { $0.contains(" epoch ") })
    let warnings = observer.told.filter { $0.hasPrefix("warning: ") }
    #expect(warnings.count == 2, "\(warnings)")
    #expect(warnings.first?.hasPrefix("warning: \(study.files.summaryJSON): ") == true)
    #expect(warnings.last?.hasSuffix("; it is made anew from the runs") == true)
    #expect(try study.comparable() == before)
    #expect(try SummaryRow.readInfo(study.files.summaryJSON) == info)
  }

  @Test("damaged initial weights cost no training when epochs are added")
  func damagedInitialWeights() throws {
    let study = try SmallStudy("training.epochs=2")
    try study.run()
    let run = study.files.run(RunName(strategy: .weight, sparsity: 0, seed: 1))
    try AtomicFile.write("damaged", to: run.initialModel)
    var extended = study
    extended.config.training.epochs = 3
    let observer = TestObserver()
    try extended.run(observer: observer)
    #expect(observer.told.first?.hasPrefix("warning: \(run.initialModel): ") == true)
    #expect(observer.told.contains("weight-s0-seed1 starts after 2 of 3"))
    let whole = try SmallStudy("training.epochs=3")
    try whole.run()
    #expect(try extended.comparable() == whole.comparable())
  }

  @Test("what a run without its optimizer's state lacks is made anew, or said to be gone")
  func lostFilesWithoutOptimizer() throws {
    let study = try SmallStudy("training.epochs=2")
    try study.run()
    let run = study.files.run(RunName(strategy: .weight, sparsity: 0, seed: 1))
    try FileSystem.remove(run.optimizer)
    let before = try study.comparable()
    try FileSystem.remove(run.testAccuracy)
    let observer = TestObserver()
    try study.run(observer: observer)
    #expect(observer.told == ["warning: \(run.testAccuracy) was gone; it is made anew from \(run.metrics)"])
    #expect(try study.comparable() == before)
    try FileSystem.remove(run.events)
    let second = TestObserver()
    try study.run(observer: second)
    #expect(
      second.told == [
        "warning: \(run.events) is gone, and only training makes it; to train its run again, remove \(run.model)"
      ])
  }

  @Test("a model that was removed is trained again, with a warning")
  func lostModel() throws {
    let study = try SmallStudy("training.epochs=2")
    try study.run()
    let before = try study.comparable()
    let run = study.files.run(RunName(strategy: .weight, sparsity: 0, seed: 1))
    try FileSystem.remove(run.model)
    let observer = TestObserver()
    try study.run(observer: observer)
    #expect(observer.told.first == "warning: \(run.model) is gone; its run is trained again")
    #expect(try study.comparable() == before)
  }
}
