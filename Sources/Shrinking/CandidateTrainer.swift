import Backends
import Configs
import GraphExec
import ModelEvaluation
import ModelFiles
import Pruning
import Studies
import Timing

/// Prunes and trains a network, little by little, and then trains what is left.
struct CandidateTrainer {
  let settings: ShrinkSettings
  let data: ShrinkData
  let backend: any Backend
  let signal: StopSignal

  /// The criterion that units are ranked by, and the batches that it looks at each time.
  static let unitCriterion = Taylor()
  static let criterionBatches = 5
  /// How often a training prunes.
  private static let prunings = 12
  /// Steps between two looks at the signal.
  private static let patience = 50

  /// What comes of a training: the network, and the seconds of one of its last steps.
  struct Outcome {
    let model: StoredModel
    let stepSeconds: Double
  }

  /// A model of a network whose candidates can be pruned.
  func model(of network: Network, ranking: Ranking, epochs: Int = 1, formats: [LayerFormat]? = nil) throws
    -> any Model
  {
    var specification = ModelSpecification(
      network: network, batchSize: min(settings.batchSize, data.train.set.count),
      updates: UpdateRule(Adam(learningRate: settings.learningRate), schedule: CosineRate(minimum: 0)),
      formats: formats ?? [LayerFormat](repeating: .masked, count: network.parameters.count))
    specification.epochs = epochs
    specification.ranking = ranking
    specification.seed = settings.seed
    specification.augmentation = settings.augmentation
    specification.loss = SoftmaxCrossEntropy(labelSmoothing: settings.labelSmoothing)
    return try backend.makeModel(specification)
  }

  /// Images of the training set, drawn for one moment.
  func images(_ moment: Int, count: Int) -> [Int32] {
    // Streams from 2^35 on are those of trainings here.
    var random = SplitMix64(seed: settings.seed, stream: 1 << 35 + UInt64(moment))
    return Array(random.permutation(data.train.set.count).prefix(count))
  }

  /// Steps of an epoch.
  var stepsPerEpoch: Int {
    let size = min(settings.batchSize, data.train.set.count)
    return (data.train.set.count + size - 1) / size
  }

  /// Brings a network to a policy's sparsity over the first half of some epochs, and trains what is left on the other.
  ///
  /// - Parameter policy: nil to train only.
  /// - Throws: `StudyInterrupted` when the signal was given.
  func train(_ stored: StoredModel, _ policy: PruningPolicy?, epochs: Int) throws -> Outcome {
    let isByGradients = policy?.unit == .neuron
    let ranking = Ranking(
      isByGradients ? Self.unitCriterion as any Criterion : Magnitude(),
      isGlobal: policy?.scope is GlobalScope)
    let total = epochs * stepsPerEpoch
    var state = stored.state
    var begin = 0
    if let policy {
      begin = max(1, total / 2)
      let whole = try model(of: stored.network, ranking: ranking, epochs: epochs)
      try whole.load(state)
      let growth = growth(policy, steps: begin)
      _ = try run(whole, steps: 0..<begin) { step in
        let events = growth.events(beforeStep: step, of: stored.network)
        guard !events.isEmpty else { return }
        let images =
          isByGradients ? images(step, count: Self.criterionBatches * whole.specification.batchSize) : []
        try ranking.criterion.enqueue(
          PruningRequest(rounds: [events], set: data.train.set, images: images), on: whole)
      }
      state = try whole.state()
    }
    let compaction = Compaction(network: stored.network, masks: state.masks)
    let small = compaction.compact(state)
    let formats = try formats(of: compaction.compacted, original: stored.original, masks: small.masks)
    let rest = try model(of: compaction.compacted, ranking: Ranking(), epochs: epochs, formats: formats)
    try rest.load(small)
    let seconds = try run(rest, steps: begin..<total) { _ in }
    state = compaction.expand(try rest.state(), into: state)
    return Outcome(model: compressed(state, of: stored), stepSeconds: seconds)
  }

  /// The form that each parameter trains in fastest.
  private func formats(of network: Network, original: Network, masks: [[UInt8]]) throws -> [LayerFormat] {
    let costs = try CostStore(backend, batchSize: settings.batchSize)?.costs(of: original)
    return FormatChoice(.auto, costs: costs).formats(of: network, original: original, masks: masks)
  }

  /// Whether some layer of a network that a policy of magnitudes prunes runs faster in a sparse form, in inference or training.
  func isSparse(_ stored: StoredModel, _ policy: PruningPolicy) throws -> Bool {
    let pruned = try model(
      of: stored.network, ranking: Ranking(Magnitude(), isGlobal: policy.scope is GlobalScope))
    try pruned.load(stored.state)
    try pruned.enqueue(policy.events(beforeStep: 0, of: stored.network))
    let state = try pruned.state()
    let names =
      try settings.target == .training
      ? formats(of: stored.network, original: stored.original, masks: state.masks).map(\.name)
      : Inference(compressed(state, of: stored), on: backend, batchSize: Evaluation.batchSize).formats
    return names.contains { ![LayerFormat.dense.name, LayerFormat.masked.name].contains($0) }
  }

  /// A state of a network without what is pruned of it.
  private func compressed(_ state: ModelState, of stored: StoredModel) -> StoredModel {
    StoredModel(
      compaction: stored.compaction,
      parameters: state.parameters.map { StoredParameter.dense($0.value, mask: $0.mask) },
      metadata: stored.metadata
    ).compressed()
  }

  /// The same policy, its sparsity growing from none as in Zhu and Gupta (2017).
  private func growth(_ policy: PruningPolicy, steps: Int) -> PruningPolicy {
    var own = policy
    own.schedule = .polynomial(
      initial: 0, target: policy.schedule.target, begin: 0, end: steps - 1,
      frequency: max(1, steps / Self.prunings))
    return own
  }

  /// Steps of a training, each epoch in an order of its own.
  ///
  /// - Returns: seconds of a step, the least of stretches of them: what else the machine does only adds to it.
  private func run(_ model: any Model, steps: Range<Int>, before: (Int) throws -> Void) throws -> Double {
    var seconds: [Double] = []
    var step = steps.lowerBound
    while step < steps.upperBound {
      let order = images(1 << 20 + step, count: data.train.set.count)
      try model.beginEpoch(on: data.train.set, order: order)
      let end = min(steps.upperBound, step + stepsPerEpoch)
      while step < end {
        try signal.check()
        let next = min(end, step + Self.patience)
        let stretch = try Measurement.seconds {
          for own in step..<next {
            try before(own)
            try model.enqueueStep()
          }
          // Waits for them.
          _ = try model.epochTotals()
        }
        seconds.append(stretch / Double(next - step))
        step = next
      }
    }
    return seconds.min() ?? .nan
  }
}
