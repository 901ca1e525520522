import Files
import GraphExec

extension StudyJobs {
  /// The state before a job's first step: initial weights, or those of the training that it goes on from, which must be done.
  ///
  /// - Throws: `FileError`, `FileFormatError`.
  func start(of job: TrainingJob) throws -> ModelState {
    let seed = job.folder.name.seed
    switch job.config.pruning.schedule {
    case .constant, .polynomial: return job.config.initialState(seed: seed)
    // Fine-tuning starts with fresh moments.
    case .oneShot:
      return ModelState(
        initialValues: try ModelState.readValues(folder.dense(seed: seed).model, network: config.network))
    }
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
