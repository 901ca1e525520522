import Configs
import Files
import GraphExec
import ModelFiles
import Pruning
import StudyFiles
import Timing

/// Trains, prunes and measures one run, from its start or from a checkpoint.
final class RunTrainer {
  let run: RunName
  private let label: String
  let config: StudyConfig
  /// The config as it was written, whatever the batch that its images fill.
  private let written: StudyConfig
  private let data: StudyData
  private let backend: any Backend
  private let folder: RunFolder
  private let observer: any StudyObserver
  private let interruption: Interruption
  private let costs: LayerCosts?
  private let keepsOptimizer: Bool
  private let kept: KeptStep?
  private let claim: RunClaim
  let network: Network
  /// The device as tables name it.
  var device: String { backend.summary.text }
  /// The names of what the optimizer remembers of each entry.
  private var slots: [String] { config.specification(masked: false).optimizer.slots }
  /// Whether the form for settled masks was chosen.
  private var isSettled = false

  /// - Parameters:
  ///   - costs: what layer formats cost on the device; nil where there are dense layers only.
  ///   - keepsOptimizer: whether the run may be trained for more epochs later.
  ///   - kept: a step on the way whose weights are kept.
  ///   - claim: the right to write the run's files.
  init(
    _ run: RunName, label: String, config: StudyConfig, data: StudyData, backend: any Backend,
    folder: RunFolder, costs: LayerCosts?, keepsOptimizer: Bool, kept: KeptStep?,
    claim: RunClaim, observer: any StudyObserver, interruption: Interruption
  ) {
    self.run = run
    self.label = label
    self.config = config.fitted(toImages: data.train.count)
    written = config
    self.data = data
    self.backend = backend
    self.folder = folder
    self.costs = costs
    // Without a step there is nothing to go on with.
    self.keepsOptimizer = keepsOptimizer && config.runEpochs > 0
    self.kept = kept
    self.claim = claim
    self.observer = observer
    self.interruption = interruption
    network = config.network
  }

  /// Runs to the end and writes the run's files.
  ///
  /// - Parameter start: what is there before the first step: initial weights, or those of another training.
  /// - Throws: `StudyInterrupted`; errors of files and device. A run that cannot go on for its own sake (a loss that is
  ///   not finite, a revived entry) ends as a row that says so.
  func train(from start: () throws -> RunStart) throws -> SummaryRow {
    try interruption.check()
    // Nothing else holds on to the whole network: once the form changes, its memory is free.
    var (form, log, history, rewound) = try begin(start)
    interruption.begin(label, log.saver)
    let stepsPerEpoch = form.model.steps(forImages: data.train.count)
    let policy = config.policy(run, stepsPerEpoch: stepsPerEpoch)
    observer.runStarted(
      label, epochs: config.runEpochs, stepsPerEpoch: stepsPerEpoch, finishedEpochs: history.rows.count)
    do {
      // What is due before the first step is done here, so that a form can be chosen on settled masks.
      if history.rows.isEmpty {
        try prune(form, policy, step: 0)
        if let values = rewound { try form.model.load(form.state().rewound(to: values)) }
        rewound = nil
      }
      if config.training.trainableLayers == .output {
        form = try FrozenForm(form, config: config, data: data, backend: backend)
      }
      observer.runUsesModel(label, form.model)
      try settle(&form, policy, step: history.rows.count * stepsPerEpoch)
      if config.runEpochs == 0 { try measureUntrained(form, &history, log) }
      while history.rows.count < config.runEpochs {
        try stopIfAsked(form, history, log)
        try settle(&form, policy, step: history.rows.count * stepsPerEpoch)
        try trainEpoch(form, policy, &history, log)
      }
    } catch let failure as RunFailure {
      return try fail(failure, form, history, log)
    }
    let state = try form.state()
    if let failure = policy.failure(of: state, network: network) {
      return try fail(failure, form, history, log)
    }
    try log.finish(
      history, state: state, of: network, metadata: metadata, keepsOptimizer: keepsOptimizer)
    interruption.end(label)
    return summary(history, counts: try form.counts(), masks: state.masks)
  }

  /// Ends a run that cannot go on, with the tables of its good epochs.
  private func fail(
    _ failure: RunFailure, _ form: any RunForm, _ history: RunHistory, _ log: RunLog
  ) throws -> SummaryRow {
    try log.abandon(history)
    interruption.end(label)
    return summary(history, counts: try form.counts(), masks: try form.state().masks, failure: failure)
  }

  /// The whole network with the state that training goes on from, its log, and its numbers so far.
  ///
  /// A function of its own: start and checkpoint are tens of megabytes, and are let go when it returns.
  ///
  /// - Returns: also the values that survivors get once those of the start are pruned, where they do.
  private func begin(_ start: () throws -> RunStart) throws -> (any RunForm, RunLog, RunHistory, [Matrix]?) {
    let checkpoint = try (loadCheckpoint() ?? loadEnd()).flatMap(withKeptStep)
    let isInitialKept = checkpoint != nil && FileSystem.exists(folder.initialModel)
    // Before anything is written or reserved for this run: what it starts from may be damaged.
    let begun = isInitialKept ? nil : try start()
    try interruption.check()
    if checkpoint == nil {
      try FileSystem.remove(folder.optimizer)
    } else if !isInitialKept {
      observer.warning("\(folder.initialModel) is gone; it is made anew")
    }
    let log = try RunLog(
      folder, of: network, slots: slots, histogramInterval: config.metrics.histogramInterval,
      learningRate: { [config, images = data.train.count] in config.learningRate(after: $0, images: images) },
      resuming: checkpoint, claim: claim, warning: observer.warning)
    var specification = config.specification(masked: run.sparsity > 0, seed: run.seed)
    specification.needsGradients =
      run.sparsity > 0 && config.pruning.criterion.kind.needs.isSuperset(of: [.gradients, .data])
    let model = try backend.makeModel(specification)
    try begun?.initial.file(of: network, metadata: metadata).write(to: folder.initialModel)
    if let state = checkpoint?.state ?? begun?.state { try model.load(state) }
    return (DenseForm(model, data: data), log, checkpoint?.history ?? RunHistory(), begun?.rewound)
  }

  /// A checkpoint that can be gone on from: one behind the step that is to be kept cannot where its weights are gone.
  private func withKeptStep(_ checkpoint: RunCheckpoint) -> RunCheckpoint? {
    guard let kept, checkpoint.state.step > kept.step, !FileSystem.exists(kept.path) else {
      return checkpoint
    }
    observer.warning("\(kept.path) is gone; the run starts over")
    return nil
  }

  /// What the run's model files say of their network and of what it was trained on.
  private var metadata: [String: String] {
    network.fileMetadata.merging(ModelOrigin(run, of: written, data: data).metadata) { _, new in new }
  }

  /// Changes to a form without zeros once the masks stay as they are from `step` on.
  private func settle(_ form: inout any RunForm, _ policy: PruningPolicy, step: Int) throws {
    guard !isSettled, run.sparsity > 0, config.training.trainableLayers == .all else { return }
    guard step >= policy.schedule.settledStep else {
      guard let topology = policy.schedule.topology else { return try leaveOut(&form, policy) }
      guard form is DenseForm else { return }
      form = try DynamicForm(
        form, growth: topology.growth, config: config, seed: run.seed, backend: backend)
      return observer.runUsesModel(label, form.model)
    }
    isSettled = true
    let small = try SmallForm(
      form.state(), counts: form.counts(), config: config, seed: run.seed, costs: costs, data: data,
      backend: backend)
    guard let small else { return }
    form = small
    observer.runUsesModel(label, small.model)
  }

  /// Changes to a form in which the layers are in CSR that are faster so by now, while more is pruned.
  private func leaveOut(_ form: inout any RunForm, _ policy: PruningPolicy) throws {
    let gradual = try GradualForm(form, unit: policy.unit, config: config, costs: costs, backend: backend)
    guard let gradual else { return }
    form = gradual
    observer.runUsesModel(label, gradual.model)
  }

  private func loadCheckpoint() throws -> RunCheckpoint? {
    let (file, warnings) = try folder.checkpoint.load()
    warnings.forEach(observer.warning)
    return try file.map { try RunCheckpoint($0, network: network, slots: slots) }
  }

  /// The end of a run that is to have more epochs, or whose row or files were lost.
  private func loadEnd() throws -> RunCheckpoint? {
    guard keepsOptimizer else { return nil }
    do {
      guard let end = try RunCheckpoint(finished: folder, network: network, slots: slots) else {
        if FileSystem.exists(folder.model), !FileSystem.exists(folder.optimizer) {
          observer.warning(
            "\(folder.optimizer) is not there, without which the run is trained from its start")
        }
        return nil
      }
      guard end.history.rows.count <= config.runEpochs else { return nil }
      // A run that goes on is an unfinished one: it has a checkpoint, and no final files.
      if end.history.rows.count < config.runEpochs {
        try renewOrigin()
        try folder.checkpoint.save(end.file(of: network, slots: slots))
        try FileSystem.remove(folder.optimizer)
        try FileSystem.remove(folder.model)
      }
      return end
    } catch let error as FileFormatError {
      observer.warning("\(error); the run starts over")
      return nil
    }
  }

  /// Lets the initial weights of a run that is to have more epochs say so, as those of a run that had them at once do.
  private func renewOrigin() throws {
    guard FileSystem.exists(folder.initialModel) else { return }
    var initial: SafetensorsFile
    do {
      initial = try SafetensorsFile.read(folder.initialModel)
    } catch let error as FileFormatError {
      // The run's end is good without them: they are made anew, as where they are gone.
      observer.warning("\(error); it is removed")
      return try FileSystem.remove(folder.initialModel)
    }
    initial.metadata = metadata
    try initial.write(to: folder.initialModel)
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
      if let kept, kept.step == firstStep + step {
        try form.state().file(of: network, metadata: metadata).write(to: kept.path)
      }
      // Step 0's pruning was done before the first epoch.
      if firstStep + step > 0 { try prune(form, policy, step: firstStep + step) }
      return try changeTopology(of: form, policy, step: firstStep + step, batch: step, order)
    }
    let seconds = (ContinuousClock.now - start).seconds
    try record(form, totals, seconds, &history, log)
  }

  /// Replaces entries of sparse weights, where that is due before a step; gradients are those of the step's batch. Says what
  /// is left to do with it.
  private func changeTopology(
    of form: any RunForm, _ policy: PruningPolicy, step: Int, batch: Int, _ order: [Int32]
  ) throws -> StepKind {
    guard let topology = policy.schedule.topology, let fraction = topology.fraction(beforeStep: step) else {
      return .update
    }
    let events = form.topologyEvents(replacing: fraction, beforeStep: step)
    guard !events.isEmpty else { return .update }
    let size = form.model.specification.batchSize
    let images = Array(order[batch * size..<min((batch + 1) * size, order.count)])
    return try form.model.enqueueTopology(events, on: form.train, images: images)
  }

  /// Prunes what is due before a step, by what the criterion needs to see.
  private func prune(_ form: any RunForm, _ policy: PruningPolicy, step: Int) throws {
    let rounds = policy.rounds(config.pruning.criterionRounds, beforeStep: step, of: network)
    guard !rounds.isEmpty else { return }
    let images = config.criterionImages(beforeStep: step, seed: run.seed, images: form.train.count)
    do {
      try form.model.specification.ranking.criterion.enqueue(
        PruningRequest(rounds: rounds, set: form.train, images: images), on: form.model)
    } catch let error as CriterionError {
      throw RunFailure(reason: error.description)
    }
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
    if let index = counts.firstIndex(where: { $0.revived > 0 }) {
      throw RunFailure(
        reason:
          "\(network.parameters[index].label) revived \(counts[index].revived) pruned weights in epoch \(epoch); "
          + "this is a fault of the engine: run whittle verify")
    }
    if let index = counts.firstIndex(where: { $0.notFinite > 0 }) {
      throw RunFailure(
        reason:
          "\(network.parameters[index].label) has \(counts[index].notFinite) weights that are not finite after epoch \(epoch)"
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

  private func checkLoss(_ totals: EpochTotals, _ name: String, _ epoch: Int) throws {
    guard !totals.loss.isFinite else { return }
    let value = totals.loss.isNaN ? "NaN" : "infinite"
    throw RunFailure(reason: "the \(name) became \(value) in epoch \(epoch); try a lower learning rate")
  }
}
