import GraphExec

/// Measures finished networks one by one, with nothing else on the device: a training step, the test images, bytes, and
/// how far the outputs are from the masked dense network's.
final class StudyMeasurement {
  private let config: StudyConfig
  private let data: StudyData
  private let backend: any Backend
  private let costs: FormatCosts?
  /// The network without zeros left out, whatever its weights: what the others are compared with.
  private let dense: any Model
  private let denseTimes: Times

  private struct Times {
    var step: Double
    var inference: Double
  }

  /// Builds and measures the dense network.
  ///
  /// - Parameter weights: of any run; arithmetic takes the same time with all.
  init(
    _ config: StudyConfig, data: StudyData, backend: any Backend, costs: FormatCosts?, weights: ModelState
  ) throws {
    self.config = config
    self.data = data
    self.backend = backend
    self.costs = costs
    dense = try backend.makeModel(config.specification(masked: false))
    // With more samples than the others: every speedup is against it.
    denseTimes = try Self.times(of: dense, at: weights, data: data, samples: 7)
  }

  /// Measures a run whose `model.safetensors` is in its folder; entries of exactly 0 are the pruned ones.
  ///
  /// - Throws: errors of files and device.
  func measure(_ folder: RunFolder) throws -> MeasurementRow {
    let state = try ModelState.finished(folder, network: config.network)
    let isPruned = folder.name.sparsity > 0
    let small =
      isPruned
      ? try SmallForm(
        state, counts: [], config: config, costs: costs, data: data, backend: backend) : nil
    // The unpruned control is the dense network, which is measured already.
    let model = try small?.model ?? (isPruned ? backend.makeModel(config.specification(masked: true)) : dense)
    var times = denseTimes
    var difference = 0.0
    if isPruned {
      let smallState = small?.initialState ?? state
      try model.load(smallState)
      try dense.load(state)
      difference = largestDifference(try model.outputs(of: data.test), try dense.outputs(of: data.test))
      times = try Self.times(of: model, at: smallState, data: data)
    }
    return MeasurementRow(
      run: folder.name, trainStepSeconds: times.step, trainSpeedup: denseTimes.step / times.step,
      inferenceSeconds: times.inference, inferenceSpeedup: denseTimes.inference / times.inference,
      deviceBytes: model.parameterBytes, deviceBytesDense: dense.parameterBytes,
      diskBytes: try StoredModel.read(folder.model).compressed().file.byteCount,
      diskBytesDense: try FileSystem.size(folder.model), maxLogitDifference: difference,
      formats: model.specification.formatNames(original: config.network).joined(separator: " "))
  }

  /// The medians of a few rounds, of which each is long enough that waiting for its end does not count.
  private static func times(
    of model: any Model, at state: ModelState, data: StudyData, samples least: Int = 3
  ) throws -> Times {
    let order = (0..<Int32(data.train.count)).map { $0 }
    // Full batches only, where there is one.
    let steps = max(1, min(8, data.train.count / model.specification.batchSize))
    func stepSeconds() throws -> Double {
      try model.beginEpoch(on: data.train, order: order)
      return try Measurement.seconds {
        for _ in 0..<steps { try model.enqueueStep() }
        _ = try model.epochTotals()
      } / Double(steps)
    }
    func inferenceSeconds() throws -> Double {
      try Measurement.seconds { _ = try model.evaluate(on: data.test) }
    }
    _ = try (stepSeconds(), inferenceSeconds())
    try model.load(state)
    return Times(
      step: try median(least, of: stepSeconds), inference: try median(least, of: inferenceSeconds))
  }

  /// At least so many samples, and up to nine where they are quick.
  private static func median(_ least: Int, of sample: () throws -> Double) throws -> Double {
    var samples: [Double] = []
    while samples.count < least || samples.count < 9 && samples.reduce(0, +) < 0.1 {
      samples.append(try sample())
    }
    return Measurement.median(samples)
  }
}

extension ModelState {
  /// A finished run's weights, with masks of its zeros and moments as before the first step.
  ///
  /// - Throws: `FileError`, `FileFormatError`.
  static func finished(_ folder: RunFolder, network: Network) throws -> ModelState {
    var state = ModelState(initialWeights: try readWeights(folder.model, network: network))
    if folder.name.sparsity > 0 { state.masks = state.weights.map { $0.values.map { $0 != 0 ? 1 : 0 } } }
    return state
  }
}

extension ModelSpecification {
  /// How each layer is held: its format, and before it whether it lost units of the `original` network.
  package func formatNames(original: Network) -> [String] {
    formats.indices.map { layer in
      guard network.shape(of: layer) != original.shape(of: layer) else { return formats[layer].name }
      return formats[layer] == .dense ? "compacted" : "compacted+\(formats[layer].name)"
    }
  }
}
