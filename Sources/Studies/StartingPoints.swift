import Configs
import Files
import GraphExec
import StudyFiles
import Synchronization

/// The state that runs start from: initial weights, or in a one-shot study those of a dense training that all runs of
/// a seed share.
final class StartingPoints: Sendable {
  private let config: StudyConfig
  private let data: StudyData
  private let backend: any Backend
  private let folder: StudyFolder
  private let observer: any StudyObserver
  private let interruption: Interruption
  private let seeds = Mutex<[UInt64: DenseOutcome]>([:])

  /// Held while the dense training of a seed runs, so that the other runs of that seed, and they alone, wait for it instead
  /// of repeating it; with how it failed, so that they do not repeat that either.
  private final class DenseOutcome: Sendable {
    let failure = Mutex<RunFailure?>(nil)
  }

  init(
    config: StudyConfig, data: StudyData, backend: any Backend, folder: StudyFolder,
    observer: any StudyObserver,
    interruption: Interruption
  ) {
    self.config = config
    self.data = data
    self.backend = backend
    self.folder = folder
    self.observer = observer
    self.interruption = interruption
  }

  /// The epochs of dense training that these runs still wait for.
  func missingEpochs(of runs: [RunName]) -> Int {
    guard case .oneShot = config.pruning.schedule else { return 0 }
    let missing = Set(runs.map(\.seed)).filter {
      !FileSystem.exists(folder.dense(seed: $0).model)
    }
    return missing.count * config.training.epochs
  }

  /// The start of every run with this seed.
  func start(seed: UInt64) throws -> ModelState {
    guard case .oneShot = config.pruning.schedule else { return config.initialState(seed: seed) }
    let outcome = seeds.withLock { seeds in
      let outcome = seeds[seed] ?? DenseOutcome()
      seeds[seed] = outcome
      return outcome
    }
    return try outcome.failure.withLock { known in
      if let known { throw known }
      do {
        return try DenseTraining(
          seed: seed, config: config, data: data, backend: backend, folder: folder, observer: observer,
          interruption: interruption
        ).weights()
      } catch let failure as RunFailure {
        known = failure
        throw failure
      }
    }
  }
}

/// The dense training of a one-shot study, in a folder of its own beside the runs: `dense/seed<seed>`.
struct DenseTraining {
  let seed: UInt64
  let config: StudyConfig
  let data: StudyData
  let backend: any Backend
  let folder: StudyFolder
  let observer: any StudyObserver
  let interruption: Interruption

  /// The trained weights: read where they are there, trained where not. Fine-tuning starts with fresh moments.
  func weights() throws -> ModelState {
    let label = "dense-seed\(seed)"
    let target = folder.dense(seed: seed)
    if !FileSystem.exists(target.model) {
      var dense = config
      dense.pruning.schedule = .constant
      dense.pruning.sparsities = [0]
      let trainer = RunTrainer(
        target.name, label: label, config: dense, data: data, backend: backend, folder: target,
        keepsOptimizer: false, observer: observer, interruption: interruption)
      let row = try trainer.train { config.initialState(seed: seed) }
      observer.runFinished(label, row)
      guard row.status == .finished else {
        try target.checkpoint.remove()
        throw RunFailure(reason: "the dense training of seed \(seed) failed: \(row.note)")
      }
    }
    try target.checkpoint.remove()
    return ModelState(initialValues: try ModelState.readValues(target.model, network: config.network))
  }
}

extension ModelState {
  /// The values of the parameters of a `model.safetensors`.
  ///
  /// - Throws: `FileError`; `FileFormatError` when it is of another network.
  package static func readValues(_ path: String, network: Network) throws -> [Matrix] {
    let file = try SafetensorsFile.read(path)
    return try network.parameters.map { try file.matrix($0.name, of: $0) }
  }
}
