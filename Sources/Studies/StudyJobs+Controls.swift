import Configs
import GraphExec
import ModelFiles
import StudyFiles

/// Runs that a pruned run is held against. They take what they hold fixed from its finished model, and are trained for as long
/// as it was after it was pruned for the last time, with masks that never change.
extension StudyJobs {
  /// The config that a control is trained by; for a network of equal size as far as it can be told before the pruned run is
  /// done.
  var controlConfig: StudyConfig {
    var own = config
    own.training.epochs = config.runEpochs
    own.pruning.schedule = .constant
    // Nothing is ranked: the masks have their survivors before the first step.
    own.pruning.criterion = .standard
    own.pruning.controls = []
    return own
  }

  /// The config of a job, now that those it needs are done.
  ///
  /// - Throws: `RunFailure` where no dense network is as small as a pruned one; `FileError`, `FileFormatError`.
  func config(of job: TrainingJob) throws -> StudyConfig {
    let run = job.folder.name
    guard run.control == .equalSize else { return job.config }
    var own = job.config
    let survivors = try StoredModel.read(folder.run(run.pruned).model).survivors
    guard let network = config.network.scaled(toParameters: survivors) else {
      throw RunFailure(
        reason:
          "no dense network of this form is as small as the pruned one: \(survivors) parameters survive, and with one "
          + "unit in each hidden layer it has \(config.network.scaledToOne.parameterCount)")
    }
    own.model.network = network
    return own
  }

  /// What a control starts from.
  ///
  /// - Parameter config: that which `config(of:)` gives.
  func start(
    of control: PruningConfig.Control, _ run: RunName, by config: StudyConfig, on backend: any Backend
  ) throws -> RunStart {
    let (network, seed) = (config.network, run.seed)
    if control == .equalSize { return RunStart(state: config.initialState(seed: seed)) }
    let pruned = try state(of: folder.run(run.pruned))
    switch control {
    case .newWeights, .equalSize:
      let drawn = config.initialState(seed: ControlStream.weights.seed(seed))
      return RunStart(state: pruned.rewound(to: drawn.parameters.map(\.value)))
    case .shuffledMask:
      var random = SplitMix64(seed: seed, stream: ControlStream.shuffle.rawValue)
      let shuffled = pruned.shuffled(
        config.pruning.unit(of: run.strategy), of: network, &random)
      return RunStart(state: shuffled.rewound(to: try values(seed: seed)))
    case .randomMask:
      let values = try values(seed: seed)
      var specification = config.specification(masked: true, seed: ControlStream.masks.seed(seed))
      specification.ranking = Ranking(RandomRank(), isGlobal: config.pruning.scope.kind.isGlobal)
      let model = try backend.makeModel(specification)
      try model.load(ModelState(initialValues: values))
      try model.enqueue(config.policy(run, stepsPerEpoch: 1).events(beforeStep: 0, of: network))
      return RunStart(state: try model.state().rewound(to: values))
    }
  }

  /// The weights that masks of controls are laid on: the initial ones, or those that tickets are set back to.
  private func values(seed: UInt64) throws -> [Matrix] {
    guard case .iterative(let schedule) = config.pruning.schedule,
      let values = try rewound(seed: seed, schedule)
    else { return config.initialState(seed: seed).parameters.map(\.value) }
    return values
  }
}

/// The streams of a run's seed that its controls draw from; what the run itself draws takes those below.
private enum ControlStream: UInt64 {
  case weights = 0x100_0000_0000
  case shuffle, masks

  /// A seed of its own for each seed.
  func seed(_ seed: UInt64) -> UInt64 {
    var random = SplitMix64(seed: seed, stream: rawValue)
    return random.next()
  }
}
