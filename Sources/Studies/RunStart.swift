import Configs
import Files
import GraphExec
import ModelFiles
import StudyFiles

/// What a job starts from.
struct RunStart {
  /// The state that is pruned before the first step.
  var state: ModelState
  /// The values that the survivors get then; nil where they keep theirs.
  var rewound: [Matrix]?

  /// What is trained before anything is pruned of it.
  var initial: ModelState { rewound.map { ModelState(initialValues: $0) } ?? state }
}

extension StudyJobs {
  /// What a job starts from: initial weights, or the end of the training that it goes on from, which must be done.
  ///
  /// - Parameter config: that which `config(of:)` gives.
  /// - Throws: `FileError`, `FileFormatError`; errors of the device.
  func start(of job: TrainingJob, by config: StudyConfig, on backend: any Backend) throws -> RunStart {
    let run = job.folder.name
    if let control = run.control { return try start(of: control, run, by: config, on: backend) }
    switch config.pruning.schedule {
    case .constant, .polynomial, .dynamic: return RunStart(state: config.initialState(seed: run.seed))
    case .oneShot:
      let dense = folder.dense(seed: run.seed).model
      // Fine-tuning starts with fresh moments.
      return RunStart(
        state: ModelState(initialValues: try ModelState.readValues(dense, network: config.network)))
    case .iterative(let schedule):
      let rounds = schedule.rounds(to: run.sparsity)
      guard rounds > 0 else { return RunStart(state: config.initialState(seed: run.seed)) }
      let last = round(rounds - 1, of: run, schedule).folder
      return RunStart(state: try state(of: last), rewound: try rewound(seed: run.seed, schedule))
    }
  }

  /// The weights and masks of a job that is done, with fresh slots.
  func state(of folder: RunFolder) throws -> ModelState {
    let stored = try StoredModel.read(folder.model)
    return try ModelState.finished(stored, folder, network: config.network)
  }

  /// The values that tickets are rewound to; nil where they keep those that they were trained to.
  func rewound(seed: UInt64, _ schedule: IterativeSchedule) throws -> [Matrix]? {
    guard schedule.rewind == .weights else { return nil }
    guard schedule.rewindStep > 0 else { return config.initialState(seed: seed).parameters.map(\.value) }
    return try ModelState.readValues(firstTraining(seed: seed).rewind, network: config.network)
  }
}

extension ModelState {
  /// The survivors with other values, and slots and steps as before the first step.
  func rewound(to values: [Matrix]) -> ModelState {
    var state = ModelState(initialValues: values)
    for (index, old) in parameters.enumerated() {
      state.parameters[index].mask = old.mask
      for (entry, bit) in old.mask.enumerated() where bit == 0 {
        state.parameters[index].value.values[entry] = 0
      }
    }
    return state
  }

  /// The values of the parameters of a `model.safetensors`.
  ///
  /// - Throws: `FileError`; `FileFormatError` when it is of another network.
  package static func readValues(_ path: String, network: Network) throws -> [Matrix] {
    let file = try SafetensorsFile.read(path)
    return try network.parameters.map { try file.matrix($0.name, of: $0) }
  }
}
