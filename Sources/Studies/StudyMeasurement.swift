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
  private let order: [Int32]
  /// The network without zeros left out, whatever its weights: what the others are compared with.
  private let dense: any Model
  /// The latest times of the dense network.
  private var denseTimes = Times()

  /// Seconds of a training step and of the test images, measured several times.
  private struct Times {
    var step: [Double] = []
    var inference: [Double] = []
    /// How many steps are measured together, once that is known.
    var steps: Int?

    /// The medians of the latest.
    var medians: (step: Double, inference: Double) {
      (
        Measurement.median(step.suffix(StudyMeasurement.rounds)),
        Measurement.median(inference.suffix(StudyMeasurement.rounds))
      )
    }
  }

  /// Once a network's times have taken so long, no more are taken.
  private let patience: Duration

  /// Builds the dense network.
  ///
  /// - Parameter patience: once a network's times have taken so long, no more are taken.
  init(
    _ config: StudyConfig, data: StudyData, backend: any Backend, costs: LayerCosts?, patience: Duration
  ) throws {
    self.patience = patience
    self.config = config.fitted(toImages: data.train.count)
    self.data = data
    self.backend = backend
    self.costs = costs
    order = (0..<Int32(data.train.count)).map { $0 }
    dense = try backend.makeModel(self.config.specification(masked: false))
  }

  /// Measures a run whose `model.safetensors` is in its folder.
  ///
  /// - Throws: errors of files and device.
  func measure(_ folder: RunFolder) throws -> MeasurementRow {
    let stored = try StoredModel.read(folder.model)
    guard folder.name.control != .equalSize else { return try measureSmaller(stored, folder) }
    let state = try ModelState.finished(stored, folder, network: config.network)
    let isPruned = folder.name.sparsity > 0
    let small =
      isPruned
      ? try SmallForm(
        state, counts: [], config: config, seed: folder.name.seed, costs: costs, data: data, backend: backend)
      : nil
    // The unpruned control is the dense network itself.
    let model = try small?.model ?? (isPruned ? backend.makeModel(config.specification(masked: true)) : dense)
    try dense.load(state)
    if isPruned, small == nil { try model.load(state) }
    let (difference, times, outputs) = try compare(isPruned ? model : nil)
    try writeConfusion(outputs, folder)
    return try row(folder, stored, model, times, difference, original: config.network)
  }

  /// Measures a dense network of another size, which has no other form to differ from.
  private func measureSmaller(_ stored: StoredModel, _ folder: RunFolder) throws -> MeasurementRow {
    let model = try backend.makeModel(config.specification(of: stored.original, masked: false))
    try model.load(stored.state)
    try dense.load(config.initialState(seed: folder.name.seed))
    let (_, times, outputs) = try compare(model)
    try writeConfusion(outputs, folder)
    return try row(folder, stored, model, times, 0, original: stored.original)
  }

  private func row(
    _ folder: RunFolder, _ stored: StoredModel, _ model: any Model, _ times: Times, _ difference: Double,
    original: Network
  ) throws -> MeasurementRow {
    let (whole, own) = (denseTimes.medians, times.medians)
    return MeasurementRow(
      run: folder.name, trainStepSeconds: own.step, trainSpeedup: whole.step / own.step,
      inferenceSeconds: own.inference, inferenceSpeedup: whole.inference / own.inference,
      deviceBytes: model.parameterBytes, deviceBytesDense: dense.parameterBytes,
      diskBytes: stored.compressed().file.byteCount,
      diskBytesDense: try FileSystem.size(folder.model), maxLogitDifference: difference,
      formats: model.specification.formatNames(original: original).joined(separator: " "),
      device: backend.summary.text)
  }

  /// Measures a model, and the dense network, with the same weights, in between: what else the machine does falls on both.
  /// Of the dense one a few times are enough for a network, since the last ones of the network before count, too.
  ///
  /// - Parameter model: nil for the dense network itself.
  /// - Returns: the largest difference of their outputs, the model's times, and its outputs for the test images.
  private func compare(
    _ model: (any Model)?
  ) throws -> (difference: Double, times: Times, outputs: [Float]) {
    let start = ContinuousClock.now
    var times = Times()
    var difference = 0.0
    var own: [Float] = []
    for round in 0..<Self.rounds where round == 0 || ContinuousClock.now - start < patience {
      var expected: [Float] = []
      if round == 0 || model == nil || denseTimes.step.count < Self.rounds {
        expected = try infer(dense, &denseTimes)
        try train(dense, &denseTimes)
        if round == 0 { own = expected }
      }
      guard let model else { continue }
      let outputs = try infer(model, &times)
      if round == 0 { (difference, own) = (largestDifference(outputs, expected), outputs) }
      try train(model, &times)
    }
    return (difference, model == nil ? denseTimes : times, own)
  }

  private func writeConfusion(_ outputs: [Float], _ folder: RunFolder) throws {
    let classes = config.dataset.name.classNames
    let counts = try Evaluation.confusion(
      outputs, labels: data.testLabels, classes: classes.count, path: folder.model)
    try ConfusionFile(classes: classes, counts: counts).write(to: folder.confusion)
  }

  /// Times the outputs of the test images, but not a model's first ones, for which it still binds kernels and memory.
  private func infer(_ model: any Model, _ times: inout Times) throws -> [Float] {
    var outputs = times.inference.isEmpty ? try model.outputs(of: data.test) : []
    times.inference.append(try Measurement.seconds { outputs = try model.outputs(of: data.test) })
    return outputs
  }

  /// Times some steps, which change the weights: as many as take so long that waiting for their end does not count.
  private func train(_ model: any Model, _ times: inout Times) throws {
    func seconds(steps: Int) throws -> Double {
      try model.beginEpoch(on: data.train, order: order)
      return try Measurement.seconds {
        for _ in 0..<steps { try model.enqueueStep() }
        _ = try model.epochTotals()
      }
    }
    // Full batches only, where there is one. A model's first step tells how long they take.
    let full = max(1, min(8, data.train.count / config.training.batchSize))
    let steps = try times.steps ?? min(full, max(1, Int(0.01 / seconds(steps: 1))))
    times.steps = steps
    times.step.append(try seconds(steps: steps) / Double(steps))
  }

  private static let rounds = 3
}

extension ModelState {
  /// A finished run's weights and masks, with moments as before the first step.
  ///
  /// - Throws: `FileFormatError` when they are of another network.
  static func finished(_ stored: StoredModel, _ folder: RunFolder, network: Network) throws -> ModelState {
    guard stored.original == network, stored.compaction.isIdentity else {
      throw FileFormatError(folder.model, "holds the network \(stored.network.widths), not \(network.widths)")
    }
    // Nothing is pruned of a control, whatever its weights.
    return folder.name.sparsity > 0
      ? stored.state : ModelState(initialValues: stored.state.parameters.map(\.value))
  }
}
