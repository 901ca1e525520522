import Configs
import Files
import GraphExec
import Reference
import Studies
import StudyFiles
import Synchronization
import TestSupport

/// A study that trains in a blink, in a folder of its own.
struct SmallStudy: Sendable {
  let folder: TemporaryFolder
  var config: StudyConfig

  /// - Parameter overrides: as for `--set`.
  init(_ overrides: String...) throws { try self.init(overrides) }

  /// - Parameter overrides: as for `--set`.
  init(_ overrides: [String]) throws {
    folder = try TemporaryFolder()
    let text = """
      {"name": "small", "dataset": {"name": "synthetic-digits", "train": 300, "test": 100},
       "model": {"layers": [784, 24, 16, 10]}, "training": {"epochs": 4, "batch_size": 64},
       "metrics": {"histogram_interval": 2},
       "execution": {"device": "cpu", "concurrent_models": 1}, "output": "\(folder.path)/study"}
      """
    try AtomicFile.write(text, to: folder("c.json"))
    config = try StudyConfig.load(path: folder("c.json"), overrides: Self.overrides(overrides))
  }

  /// Where its files are.
  var files: StudyFolder { StudyFolder(config.output) }

  /// The overrides of a later study too: one takes the place of an earlier one of the same key, which the command line
  /// refuses.
  static func overrides(_ texts: [String]) throws -> [ConfigOverride] {
    try texts.map { try ConfigOverride($0) }.reduce(into: []) { all, override in
      all.removeAll { $0.path == override.path }
      all.append(override)
    }
  }

  /// Trains it, on the CPU backend unless told otherwise.
  @discardableResult
  func run(
    _ backend: (any Backend)? = nil, observer: TestObserver = TestObserver(), force: Bool = false,
    retry: Bool = false, share: StudyShare? = nil, patience: Claims.Patience = Claims.Patience()
  ) throws -> [SummaryRow] {
    let backend = try backend ?? CPUBackend()
    return try Study(
      config, data: StudyData(config, backend: backend), backend: backend, observer: observer,
      force: force, retry: retry, share: share, patience: patience
    ).run(stoppedBy: observer.signal)
  }

  /// The weights that a file of a run holds.
  func weights(_ path: String) throws -> [Matrix] {
    try ModelState.readValues(path, network: config.network)
  }

  /// Everything that the study must leave bit for bit: all files of runs, tables without times.
  func comparable() throws -> [String: String] {
    var content: [String: String] = [:]
    for folder in try files.allRuns() {
      for name in try FileSystem.names(in: folder.path) {
        let path = folder.path + "/" + name
        // Those of runs without the folder of all runs.
        let key = String(path.dropFirst(files.path.count + 1)).replacing("runs/", with: "")
        if name == "metrics.csv" {
          content[key] = "\(try MetricsRow.read(path).map(\.withoutTimes))"
        } else if name == "result.csv" {
          content[key] = "\(try SummaryRow.read(path).map(\.withoutTimes))"
        } else if name.hasPrefix("events.out") {
          content[key] = "\(EventFile(try FileSystem.read(path)).withoutWallTimes.hashValue)"
        } else {
          content[key] = "\(try FileSystem.read(path).hashValue)"
        }
      }
    }
    if FileSystem.exists(files.summaryCSV) {
      content["summary"] = "\(try SummaryRow.read(files.summaryCSV).map(\.withoutTimes))"
    }
    return content
  }
}

extension MetricsRow {
  /// The row without what was measured.
  var withoutTimes: MetricsRow {
    var row = self
    row.seconds = 0
    row.imagesPerSecond = 0
    return row
  }
}

extension SummaryRow {
  /// The row without what was measured.
  var withoutTimes: SummaryRow {
    var row = self
    row.seconds = 0
    return row
  }
}

/// Remembers what a study told, and interrupts it after an epoch.
final class TestObserver: StudyObserver {
  let signal = StopSignal()
  private let stopAfter: Int?
  private let stopAfterMeasuring: Int?
  private let onEpoch: @Sendable () -> Void
  private let texts = Mutex<[String]>([])
  private let plans = Mutex<[String]>([])
  private let runsMeasured = Mutex<[String]>([])
  private let models = Mutex<[ModelSpecification]>([])

  /// - Parameters:
  ///   - stopAfter: the epoch of any run after which the study is stopped.
  ///   - stopAfterMeasuring: how many measured networks the study is stopped after.
  ///   - onEpoch: called after each epoch of any run.
  init(
    stopAfter: Int? = nil, stopAfterMeasuring: Int? = nil, onEpoch: @escaping @Sendable () -> Void = {}
  ) {
    self.stopAfter = stopAfter
    self.stopAfterMeasuring = stopAfterMeasuring
    self.onEpoch = onEpoch
  }

  /// What was told, a line each.
  var told: [String] { texts.withLock { $0 } }
  /// What was told of the whole study when it began, or went on.
  var planned: [String] { plans.withLock { $0 } }
  /// The runs that were measured, in order.
  var measured: [String] { runsMeasured.withLock { $0 } }
  /// What the models that runs came to use were made from, in order.
  var specifications: [ModelSpecification] { models.withLock { $0 } }

  func studyStarted(runs: Int, finished: Int, epochs: Int) {
    plans.withLock { $0.append("\(finished) of \(runs) runs, \(epochs) epochs to come") }
  }
  func runStarted(_ run: String, epochs: Int, stepsPerEpoch: Int, finishedEpochs: Int) {
    texts.withLock { $0.append("\(run) starts after \(finishedEpochs) of \(epochs)") }
  }
  func runUsesModel(_ run: String, _ model: any Model) {
    models.withLock { $0.append(model.specification) }
  }
  func epochFinished(_ run: String, _ row: MetricsRow) {
    texts.withLock { $0.append("\(run) epoch \(row.epoch)") }
    onEpoch()
    if row.epoch == stopAfter { signal.stop() }
  }
  func runFinished(_ run: String, _ row: SummaryRow) {
    texts.withLock { $0.append("\(run) \(row.status.rawValue)") }
  }
  func runFinishedElsewhere(_ run: String, _ row: SummaryRow) {
    texts.withLock { $0.append("\(run) elsewhere") }
  }
  func runLost(_ run: String) { texts.withLock { $0.append("\(run) lost") } }
  func measuring(runs: Int) {}
  func measured(_ row: MeasurementRow) {
    let count = runsMeasured.withLock { runs in
      runs.append(row.run.description)
      return runs.count
    }
    if count == stopAfterMeasuring { signal.stop() }
  }
  func warning(_ text: String) { texts.withLock { $0.append("warning: \(text)") } }
}

/// A backend, the CPU backend unless told otherwise, with every model passed through a wrapper.
final class WrappingBackend: Backend {
  private let inner: any Backend
  private let name: String?
  private let wrap: @Sendable (any Model) -> any Model

  /// - Parameter name: the device's name, where it is not to be the real one.
  init(
    name: String? = nil, of inner: (any Backend)? = nil, _ wrap: @escaping @Sendable (any Model) -> any Model
  ) throws {
    self.inner = try inner ?? CPUBackend()
    self.name = name
    self.wrap = wrap
  }

  var summary: BackendSummary {
    var summary = inner.summary
    if let name { summary.name = name }
    return summary
  }
  var memory: (used: Int, peak: Int) { inner.memory }
  var executesSparse: Bool { inner.executesSparse }
  func upload(_ images: HostImages) throws -> any ResidentSet { try inner.upload(images) }
  func makeModel(_ specification: ModelSpecification) throws -> any Model {
    wrap(try inner.makeModel(specification))
  }
}

/// Another model, with a fault in its totals or counts from some epoch on, and a record of what is pruned; it tells the
/// end of an epoch before it waits for it.
final class FaultyModel: Model {
  /// What goes wrong.
  enum Fault: Sendable { case none, loss(Double), testLoss(Double), revived, notFinite, prunesNothing }

  private struct State {
    var epoch = 0
    var steps = 0
    /// 1 for the first model that trained, and so on.
    var place = 0
  }

  private let inner: any Model
  private let fault: Fault
  private let fromEpoch: Int
  private let places: Counter?
  private let faultyPlace: Int
  private let onLoad: @Sendable (ModelState) -> Void
  private let onPruning: @Sendable (_ step: Int, _ layer: Int, _ count: Int) -> Void
  private let onEpoch: @Sendable (_ epoch: Int) -> Void
  private let progress = Mutex(State())

  /// - Parameters:
  ///   - places: counts the models that train; only one of them is faulty.
  ///   - place: which, the first being 1.
  init(
    _ inner: any Model, _ fault: Fault = .none, fromEpoch: Int = 1, firstOf places: Counter? = nil,
    place: Int = 1,
    onPruning: @escaping @Sendable (Int, Int, Int) -> Void = { _, _, _ in },
    onEpoch: @escaping @Sendable (Int) -> Void = { _ in },
    onLoad: @escaping @Sendable (ModelState) -> Void = { _ in }
  ) {
    self.inner = inner
    self.fault = fault
    self.fromEpoch = fromEpoch
    self.places = places
    faultyPlace = place
    self.onLoad = onLoad
    self.onEpoch = onEpoch
    self.onPruning = onPruning
  }

  private var isFaulty: Bool {
    progress.withLock { $0.epoch >= fromEpoch && (places == nil || $0.place == faultyPlace) }
  }

  var specification: ModelSpecification { inner.specification }
  func load(_ state: ModelState) throws {
    onLoad(state)
    try inner.load(state)
  }
  func state() throws -> ModelState { try inner.state() }
  func enqueueGradients(on set: any ResidentSet, images: [Int32]) throws {
    try inner.enqueueGradients(on: set, images: images)
  }
  func enqueueFlowGradients(scale: Float) throws { try inner.enqueueFlowGradients(scale: scale) }
  func gradients() throws -> [Matrix] { try inner.gradients() }
  func load(gradients: [Matrix]) throws { try inner.load(gradients: gradients) }
  func load(values: [Matrix]) throws { try inner.load(values: values) }
  func beginEpoch(on set: any ResidentSet, order: [Int32]) throws {
    progress.withLock {
      if $0.epoch == 0 { $0.place = places?.next() ?? 0 }
      $0.epoch += 1
    }
    try inner.beginEpoch(on: set, order: order)
  }
  func enqueueStep() throws {
    progress.withLock { $0.steps += 1 }
    try inner.enqueueStep()
  }
  func enqueuePruning(_ event: PruningEvent) throws {
    onPruning(progress.withLock { $0.steps }, event.weights[0].index, event.count)
    if case .prunesNothing = fault { return }
    try inner.enqueuePruning(event)
  }
  func skipStep() throws {
    progress.withLock { $0.steps += 1 }
    try inner.skipStep()
  }
  func enqueueTopology(_ event: TopologyEvent) throws { try inner.enqueueTopology(event) }
  func epochTotals() throws -> EpochTotals {
    onEpoch(progress.withLock { $0.epoch })
    var totals = try inner.epochTotals()
    if isFaulty, case .loss(let value) = fault { totals.loss = value }
    return totals
  }
  func evaluate(on set: any ResidentSet) throws -> EpochTotals {
    var totals = try inner.evaluate(on: set)
    if isFaulty, case .testLoss(let value) = fault { totals.loss = value }
    return totals
  }
  func outputs(of set: any ResidentSet) throws -> [Float] { try inner.outputs(of: set) }
  func counts() throws -> [LayerCount] {
    var counts = try inner.counts()
    guard isFaulty else { return counts }
    if case .revived = fault { counts[1].revived = 3 }
    if case .notFinite = fault { counts[0].notFinite = 2 }
    return counts
  }
  var parameterBytes: Int { inner.parameterBytes }
  var completedSteps: Int { inner.completedSteps }
}

/// Counts from 1, from any thread.
final class Counter: Sendable {
  private let value = Mutex(0)

  func next() -> Int {
    value.withLock {
      $0 += 1
      return $0
    }
  }
}
