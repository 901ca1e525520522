import Backends
import Configs
import GraphExec
import ModelFiles

/// A stored model on a device, for inference.
package struct Inference {
  /// The model on the device.
  private let model: any Model
  /// Bytes that it takes there, the working memory of a batch included; nil where the backend does not count.
  package let deviceBytes: Int?

  /// Copies a model, the units that are left of it, to a device.
  ///
  /// - Parameters:
  ///   - batchSize: images of a forward pass.
  ///   - format: `dense` multiplies by zeros; `sparse` runs over surviving entries wherever the backend can; `auto`
  ///     does where that is faster on this device.
  /// - Throws: errors of the device.
  package init(
    _ stored: StoredModel, on backend: any Backend, batchSize: Int, format: ExecutionConfig.Format = .auto
  ) throws {
    let state = stored.state
    let patterns = stored.network.weights.filter { state[$0].mask.contains(0) }.reduce(into: [:]) {
      $0[$1] = SparsePattern(
        mask: state[$1].mask, rows: stored.network[$1].rows, columns: stored.network[$1].columns)
    }
    let costs =
      try format == .dense
      ? nil
      : CostStore(backend, batchSize: batchSize)?.costs(
        of: stored.original, weights: stored.network.weights.filter { patterns[$0] != nil },
        blocks: Set(patterns.values.map(\.blocks)))
    let before = backend.memory.used
    let formats = FormatChoice(format, costs: costs, trains: false)
      .formats(of: stored.network, original: stored.original, masks: state.masks)
    // What is pruned and not sparse has no mask here: its zeros are multiplied.
    var specification = ModelSpecification(
      network: stored.network, batchSize: batchSize,
      formats: formats.map { if case .masked = $0 { .dense } else { $0 } })
    specification.trains = false
    model = try backend.makeModel(specification)
    try model.load(state)
    let used = backend.memory.used - before
    deviceBytes = used > 0 ? used : nil
  }

  /// How each weight matrix is multiplied: `dense` or `sparse`.
  package var formats: [String] {
    model.specification.network.weights.map { model.specification.format($0).name }
  }

  /// The output layer for each image, image after image.
  package func outputs(of images: any ResidentSet) throws -> [Float] { try model.outputs(of: images) }

  /// The median latency of `images`, from the first launch to the numbers on the host.
  ///
  /// The first run is not counted. It is taken again until `budget` is used up, at least five times and at most a
  /// hundred.
  package func latency(of images: any ResidentSet, budget: Duration = .seconds(1)) throws -> Duration {
    let times = try latencies(of: images, budget: budget)
    return times[times.count / 2]
  }

  /// The least latency of `images`, taken as often: what else the machine does only adds to it.
  package func leastLatency(of images: any ResidentSet, budget: Duration = .seconds(1)) throws -> Duration {
    try latencies(of: images, budget: budget)[0]
  }

  private func latencies(of images: any ResidentSet, budget: Duration) throws -> [Duration] {
    _ = try model.outputs(of: images)
    var times: [Duration] = []
    let start = ContinuousClock.now
    while times.count < 5 || times.count < 100 && ContinuousClock.now - start < budget {
      times.append(try ContinuousClock().measure { _ = try model.outputs(of: images) })
    }
    return times.sorted()
  }
}
