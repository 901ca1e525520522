import Backends
import Configs
import Files
import GraphExec
import ModelEvaluation
import ModelFiles
import Pruning
import StudyFiles
import Timing

/// Measures finished networks one by one, with nothing else on the device: a training step, the test images, bytes, and
/// how far the outputs are from the masked dense network's.
final class StudyMeasurement {
  private let config: StudyConfig
  private let data: StudyData
  private let backend: any Backend
  private let costs: LayerCosts?
  /// The network without zeros left out, whatever its weights: what the others are compared with.
  private let dense: any Model

  private struct Times {
    var step: Double
    var inference: Double
  }

  /// Builds the dense network.
  init(_ config: StudyConfig, data: StudyData, backend: any Backend, costs: LayerCosts?) throws {
    self.config = config.fitted(toImages: data.train.count)
    self.data = data
    self.backend = backend
    self.costs = costs
    dense = try backend.makeModel(self.config.specification(masked: false))
  }

  /// Measures a run whose `model.safetensors` is in its folder.
  ///
  /// - Throws: errors of files and device.
  func measure(_ folder: RunFolder) throws -> MeasurementRow {
    let state = try ModelState.finished(folder, network: config.network)
    let isPruned = folder.name.sparsity > 0
    let small =
      isPruned
      ? try SmallForm(
        state, counts: [], config: config, seed: folder.name.seed, costs: costs, data: data, backend: backend)
      : nil
    // The unpruned control is the dense network itself.
    let model = try small?.model ?? (isPruned ? backend.makeModel(config.specification(masked: true)) : dense)
    try dense.load(state)
    var difference = 0.0
    if isPruned {
      try model.load(small?.initialState ?? state)
      difference = largestDifference(try model.outputs(of: data.test), try dense.outputs(of: data.test))
    }
    // The dense network takes turns with each: what else the machine does falls on both.
    let times = try times(of: isPruned ? [dense, model] : [dense])
    let (whole, own) = (times[0], times[times.count - 1])
    return MeasurementRow(
      run: folder.name, trainStepSeconds: own.step, trainSpeedup: whole.step / own.step,
      inferenceSeconds: own.inference, inferenceSpeedup: whole.inference / own.inference,
      deviceBytes: model.parameterBytes, deviceBytesDense: dense.parameterBytes,
      diskBytes: try StoredModel.read(folder.model).compressed().file.byteCount,
      diskBytesDense: try FileSystem.size(folder.model), maxLogitDifference: difference,
      formats: model.specification.formatNames(original: config.network).joined(separator: " "))
  }

  /// The medians of a few rounds in which the models take turns; each time is long enough that waiting for its end does
  /// not count. The steps change the weights.
  private func times(of models: [any Model]) throws -> [Times] {
    let order = (0..<Int32(data.train.count)).map { $0 }
    // Full batches only, where there is one.
    let steps = max(1, min(8, data.train.count / config.training.batchSize))
    func sample(_ model: any Model) throws -> Times {
      let inference = try Measurement.seconds { _ = try model.evaluate(on: data.test) }
      try model.beginEpoch(on: data.train, order: order)
      let step = try Measurement.seconds {
        for _ in 0..<steps { try model.enqueueStep() }
        _ = try model.epochTotals()
      }
      return Times(step: step / Double(steps), inference: inference)
    }
    // The last one is new, and has not run yet.
    if let new = models.last { _ = try sample(new) }
    let rounds = try (0..<Self.rounds).map { _ in try models.map(sample) }
    return models.indices.map { index in
      Times(
        step: Measurement.median(rounds.map { $0[index].step }),
        inference: Measurement.median(rounds.map { $0[index].inference }))
    }
  }

  private static let rounds = 3
}

extension ModelState {
  /// A finished run's weights and masks, with moments as before the first step.
  ///
  /// - Throws: `FileError`, `FileFormatError`.
  static func finished(_ folder: RunFolder, network: Network) throws -> ModelState {
    let stored = try StoredModel.read(folder.model)
    guard stored.original == network, stored.compaction.isIdentity else {
      throw FileFormatError(folder.model, "holds the network \(stored.network.widths), not \(network.widths)")
    }
    // Nothing is pruned of a control, whatever its weights.
    return folder.name.sparsity > 0
      ? stored.state : ModelState(initialValues: stored.state.parameters.map(\.value))
  }
}
