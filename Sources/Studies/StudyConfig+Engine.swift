import Configs
import GraphExec
import Pruning
import StudyFiles

/// What the engine's and the pruning module's own types make of a config.
extension StudyConfig {
  /// The layers that every run trains.
  package var network: Network { model.network }

  /// The initial weights of every run with this seed.
  package func initialState(seed: UInt64) -> ModelState {
    let initializer: WeightInitializer =
      switch model.initializer {
      case .heNormal: .heNormal
      case .normal(let std): .normal(std: std)
      }
    return ModelState(initialValues: initializer.values(of: network, seed: seed))
  }

  /// The order of the training images in an epoch (counted from 1): the same for every run with this seed.
  package func order(epoch: Int, seed: UInt64, images: Int) -> [Int32] {
    guard training.shuffle else { return (0..<Int32(images)).map { $0 } }
    // Streams below 2^32 draw weights.
    var random = SplitMix64(seed: seed, stream: 1 << 32 + UInt64(epoch))
    return random.permutation(images)
  }

  /// The training images that the criterion looks at before a step: drawn for it, the same for every run with this seed; none
  /// where it needs no data.
  package func criterionImages(beforeStep step: Int, seed: UInt64, images: Int) -> [Int32] {
    guard pruning.criterion.kind.needs.contains(.data) else { return [] }
    // Streams below 2^33 draw weights and orders.
    var random = SplitMix64(seed: seed, stream: 1 << 33 + UInt64(step))
    return Array(random.permutation(images).prefix(pruning.criterionBatches * training.batchSize))
  }

  /// The same study with a batch no larger than its training set: the weights come out the same, and none of the columns
  /// that no image fills is computed in a step.
  package func fitted(toImages count: Int) -> StudyConfig {
    var config = self
    config.training.batchSize = min(training.batchSize, count)
    return config
  }

  /// The model of a run; without a sparsity nothing needs a mask.
  ///
  /// - Parameter seed: the run's; what is only timed or planned needs none.
  package func specification(masked: Bool, seed: UInt64 = 0) -> ModelSpecification {
    specification(of: network, masked: masked, seed: seed)
  }

  /// A model of this shape, trained as the config says.
  package func specification(of network: Network, masked: Bool, seed: UInt64 = 0) -> ModelSpecification {
    let format = masked ? LayerFormat.masked : .dense
    return specification(
      of: network, formats: [LayerFormat](repeating: format, count: network.parameters.count), seed: seed)
  }

  /// The same with a format per parameter.
  func specification(of network: Network, formats: [LayerFormat], seed: UInt64) -> ModelSpecification {
    var specification = ModelSpecification(
      network: network, batchSize: training.batchSize, updates: training.updates, formats: formats)
    specification.epochs = max(runEpochs, 1)
    specification.ranking = Ranking(
      pruning.criterion.kind.init(), isGlobal: pruning.scope.kind.isGlobal)
    specification.seed = seed
    specification.augmentation = training.augmentation
    specification.loss = SoftmaxCrossEntropy(labelSmoothing: training.labelSmoothing)
    return specification
  }

  /// The learning rate of the last step of an epoch (counted from 1) over so many images; nil in a study that takes none.
  func learningRate(after epoch: Int, images: Int) -> Float? {
    guard runEpochs > 0 else { return nil }
    let stepsPerEpoch = (images + training.batchSize - 1) / training.batchSize
    return training.updates.learningRate(
      step: epoch * stepsPerEpoch - 1, stepsPerEpoch: stepsPerEpoch, epochs: runEpochs)
  }

  /// What a run prunes and when, with `stepsPerEpoch` steps to an epoch.
  package func policy(_ run: RunName, stepsPerEpoch: Int) -> PruningPolicy {
    let schedule: SparsitySchedule
    switch pruning.schedule {
    case _ where run.sparsity == 0: schedule = .none
    case .constant: schedule = .constant(run.sparsity)
    case .oneShot, .iterative: schedule = .constant(run.sparsity)
    case .polynomial(let polynomial):
      schedule = .polynomial(
        initial: polynomial.initialSparsity, target: run.sparsity,
        begin: polynomial.beginEpoch * stepsPerEpoch,
        end: polynomial.endEpoch * stepsPerEpoch - 1, frequency: polynomial.frequency)
    case .dynamic(let dynamic):
      schedule = .dynamic(
        run.sparsity,
        TopologySchedule(
          growth: dynamic.growth, interval: dynamic.interval, fraction: dynamic.fraction,
          decay: dynamic.decay,
          end: dynamic.endEpoch * stepsPerEpoch))
    }
    return PruningPolicy(
      unit: pruning.unit(of: run.strategy), schedule: schedule, scope: pruning.scope.kind.init(),
      layers: pruning.layers,
      minimumSurvivors: pruning.minimumSurvivors)
  }

  /// Whether a run can come to a form in which layers have different formats.
  var choosesFormats: Bool {
    execution.format != .dense && training.trainableLayers == .all && pruning.sparsities.contains { $0 > 0 }
  }

  /// Epochs that each run trains: in a one-shot study those after pruning.
  package var runEpochs: Int {
    if case .oneShot(let fineTuneEpochs) = pruning.schedule { return fineTuneEpochs }
    return training.epochs
  }
}
