import GraphExec
import Pruning

/// Trains, prunes and measures one run, from its start or from a checkpoint.
final class RunTrainer {
  private let run: RunName
  private let label: String
  private let config: StudyConfig
  private let data: StudyData
  private let backend: any Backend
  private let folder: RunFolder
  private let observer: any StudyObserver
  private let interruption: Interruption
  private let costs: FormatCosts?
  private let network: Network
  /// Whether the form for settled masks was chosen.
  private var isSettled = false

  /// - Parameter costs: what layer formats cost on the device; nil where there are dense layers only.
  init(
    _ run: RunName, label: String, config: StudyConfig, data: StudyData, backend: any Backend,
    folder: RunFolder, costs: FormatCosts? = nil, observer: any StudyObserver, interruption: Interruption
  ) {
    self.run = run
    self.label = label
    self.config = config
    self.data = data
    self.backend = backend
    self.folder = folder
    self.costs = costs
    self.observer = observer
    self.interruption = interruption
    network = config.network
  }

  /// Runs to the end and writes the run's files.
  ///
  /// - Parameter start: the state before the first step: initial weights, or those of a dense training.
  /// - Throws: `StudyInterrupted`; errors of files and device. A run that cannot go on for its own sake (a loss that is
  ///   not finite, a revived entry) ends as a row that says so.
  func train(from start: () throws -> ModelState) throws -> SummaryRow {
    try interruption.check()
    // Nothing else holds on to the whole network: once the form changes, its memory is free.
    var (form, log, history) = try begin(start)
    interruption.begin(label, log.saver)
    let stepsPerEpoch = form.model.steps(forImages: data.train.count)
    let policy = config.policy(run, stepsPerEpoch: stepsPerEpoch)
    observer.runStarted(
      label, epochs: config.runEpochs, stepsPerEpoch: stepsPerEpoch, finishedEpochs: history.rows.count)
    if history.rows.isEmpty {
      // What is due before the first step is done here, so that a form can be chosen on settled masks.
      try form.model.enqueue(policy.cuts(beforeStep: 0, of: network), unit: policy.unit)
    }
    if config.training.trainableLayers == .output {
      form = try FrozenForm(form, config: config, data: data, backend: backend)
    }
    observer.runUsesModel(label, form.model)
    do {
      try settle(&form, policy, step: history.rows.count * stepsPerEpoch)
      if config.runEpochs == 0 { try measureUntrained(form, &history, log) }
      while history.rows.count < config.runEpochs {
        try stopIfAsked(form, history, log)
        try settle(&form, policy, step: history.rows.count * stepsPerEpoch)
        try trainEpoch(form, policy, &history, log)
      }
    } catch let failure as RunFailure {
      try log.abandon(history)
      interruption.end(label)
      return summary(history, counts: try form.counts(), masks: try form.state().masks, failure: failure)
    }
    let state = try form.state()
    try log.finish(history, state: state, metadata: metadata)
    interruption.end(label)
    return summary(history, counts: try form.counts(), masks: state.masks)
  }

  /// The whole network with the state that training goes on from, its log, and its numbers so far.
  ///
  /// A function of its own: start and checkpoint are tens of megabytes, and are let go when it returns.
  private func begin(_ start: () throws -> ModelState) throws -> (any RunForm, RunLog, RunHistory) {
    let checkpoint = try loadCheckpoint()
    // Before anything is written or reserved for this run: the start may be a training of its own.
    let fresh = checkpoint == nil ? try start() : nil
    try interruption.check()
    let log = try RunLog(folder, histogramInterval: config.metrics.histogramInterval, resuming: checkpoint)
    let model = try backend.makeModel(config.specification(masked: run.sparsity > 0))
    try fresh?.weightsFile(metadata: metadata).write(to: folder.initialModel)
    if let state = checkpoint?.state ?? fresh { try model.load(state) }
    return (DenseForm(model, data: data), log, checkpoint?.history ?? RunHistory())
  }

  /// What the run's model files say of their network and of what it was trained on.
  private var metadata: [String: String] {
    network.fileMetadata.merging(ModelOrigin(run, of: config, data: data).metadata) { _, new in new }
  }

  /// Changes to a form without zeros once the masks stay as they are from `step` on.
  private func settle(_ form: inout any RunForm, _ policy: PruningPolicy, step: Int) throws {
    guard !isSettled, form is DenseForm, run.sparsity > 0, step >= policy.schedule.settledStep else { return }
    isSettled = true
    let small = try SmallForm(
      form.state(), counts: form.counts(), config: config, costs: costs, data: data, backend: backend)
    guard let small else { return }
    form = small
    observer.runUsesModel(label, small.model)
  }

  private func loadCheckpoint() throws -> RunCheckpoint? {
    let (file, warnings) = try folder.checkpoint.load()
    warnings.forEach(observer.warning)
    return try file.map { try RunCheckpoint($0, network: network) }
  }

  /// Between two epochs the device still holds the end of the last one, to be kept now if it is not yet.
  private func stopIfAsked(_ form: any RunForm, _ history: RunHistory, _ log: RunLog) throws {
    guard interruption.isGiven else { return }
    try log.keep(history, form: form)
    throw StudyInterrupted()
  }

  private func trainEpoch(
    _ form: any RunForm, _ policy: PruningPolicy, _ history: inout RunHistory, _ log: RunLog
  ) throws {
    let epoch = history.rows.count + 1
    let firstStep = (epoch - 1) * form.model.steps(forImages: form.train.count)
    let order = config.order(epoch: epoch, seed: run.seed, images: form.train.count)
    let isKept = log.saver.keptEpoch == history.rows.count
    let start = ContinuousClock.now
    let totals = try form.model.trainEpoch(on: form.train, order: order) { step in
      // An epoch that is not kept when it ends is a short one: the next one is too, and is finished before stopping.
      if isKept { try interruption.check() }
      // Step 0's cuts were made before the first epoch.
      let cuts = firstStep + step == 0 ? [] : policy.cuts(beforeStep: firstStep + step, of: network)
      try form.model.enqueue(cuts, unit: policy.unit)
    }
    let seconds = (ContinuousClock.now - start).seconds
    try record(form, totals, seconds, &history, log)
  }

  /// A pruned network that is not trained again: one row, measured with its weights as they are.
  private func measureUntrained(_ form: any RunForm, _ history: inout RunHistory, _ log: RunLog) throws {
    guard history.rows.isEmpty else { return }
    try record(form, try form.model.evaluate(on: form.train), 0, &history, log)
  }

  private func record(
    _ form: any RunForm, _ totals: EpochTotals, _ seconds: Double, _ history: inout RunHistory, _ log: RunLog
  ) throws {
    let epoch = history.rows.count + 1
    try checkLoss(totals, "loss", epoch)
    let test = try form.model.evaluate(on: form.test)
    let counts = try form.counts()
    if let layer = counts.firstIndex(where: { $0.revived > 0 }) {
      throw RunFailure(
        reason: "layer \(layer + 1) revived \(counts[layer].revived) pruned weights in epoch \(epoch); "
          + "this is a fault of the engine: run whittle verify")
    }
    if let layer = counts.firstIndex(where: { $0.notFinite > 0 }) {
      throw RunFailure(
        reason:
          "layer \(layer + 1) has \(counts[layer].notFinite) weights that are not finite after epoch \(epoch)"
      )
    }
    try checkLoss(test, "loss on the test images", epoch)
    let nnz = counts.reduce(0) { $0 + $1.survivors }
    let row = history.add(
      train: totals, test: test, nnz: nnz, seconds: seconds, accuracy: config.metrics.accuracy)
    let isLast = row.epoch >= config.runEpochs
    try log.logEpoch(row, isLast: isLast, counts: counts, network: network, state: form.state)
    // After the last epoch comes what is final.
    if !isLast { try log.keepIfDue(history, form: form) }
    observer.epochFinished(label, row)
  }

  /// The row of a run that could not begin.
  func failedRow(_ failure: RunFailure) -> SummaryRow {
    let counts = (0..<network.depth).map { layer in
      let (inputs, outputs) = network.shape(of: layer)
      return LayerCount(survivors: inputs * outputs, revived: 0, notFinite: 0, liveColumns: outputs)
    }
    return summary(RunHistory(), counts: counts, masks: nil, failure: failure)
  }

  private func checkLoss(_ totals: EpochTotals, _ name: String, _ epoch: Int) throws {
    guard !totals.loss.isFinite else { return }
    let value = totals.loss.isNaN ? "NaN" : "infinite"
    throw RunFailure(reason: "the \(name) became \(value) in epoch \(epoch); try a lower learning rate")
  }

  /// - Parameter masks: nil where nothing is pruned.
  private func summary(
    _ history: RunHistory, counts: [LayerCount], masks: [[UInt8]]?, failure: RunFailure? = nil
  ) -> SummaryRow {
    let masks = run.sparsity > 0 ? masks : nil
    let survivors = Survivors(network: network, counts: counts, masks: masks)
    var notes = failure.map { [$0.reason] } ?? []
    let collapsed = survivors.collapsedLayers.map(String.init)
    if collapsed.count == 1 { notes.append("layer \(collapsed[0]) has no live unit") }
    if collapsed.count > 1 {
      notes.append("layers \(collapsed.joined(separator: ", ")) have no live unit")
    }
    if failure == nil, collapsed.isEmpty, let masks, !Compaction.isConnected(network, masks: masks) {
      notes.append("no path of surviving weights leads from the image to the output")
    }
    return SummaryRow(
      strategy: run.strategy, sparsity: run.sparsity, seed: run.seed,
      trainAccuracy: history.rows.last?.trainAccuracy ?? .nan,
      testAccuracy: history.rows.last?.testAccuracy ?? .nan, nnz: survivors.nnz, params: survivors.params,
      macs: survivors.macs, compressionRatio: survivors.compressionRatio,
      theoreticalSpeedup: survivors.theoreticalSpeedup, seconds: history.seconds,
      status: failure == nil ? .finished : .failed, note: notes.joined(separator: "; "))
  }
}

extension Duration {
  /// The duration in seconds.
  package var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
