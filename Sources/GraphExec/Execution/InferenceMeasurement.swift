/// Measurement of what inference costs in each format: that of a network of middling linear layers, in the form that is fastest.
struct InferenceMeasurement {
  /// Layers whose weights are of the format that is measured. Before and behind them are the way of the images to the device's
  /// floats, and few outputs.
  private static let layers = 2
  private static let outputs = 10
  private let backend: OpenCLBackend
  private let network: Network
  private let batchSize: Int

  /// - Parameter size: inputs and outputs of a layer.
  init(_ backend: OpenCLBackend, matrix size: Int, batchSize: Int) {
    self.backend = backend
    self.batchSize = batchSize
    network = Network(layers: [Int](repeating: size, count: Self.layers + 1) + [Self.outputs])
  }

  /// The costs, and those of inference dense and at the densities from a tenth on: with fewer entries a layer is sparse anyway.
  ///
  /// Where a forward pass has one form, it costs what its products do.
  func adding(to costs: FormatCosts) throws -> FormatCosts {
    guard let dense = try secondsPerFlop(nil) else { return costs }
    func adding(_ seconds: Double?, to passes: [String: Double]) -> [String: Double] {
      var passes = passes
      passes[FormatCosts.inference] = seconds
      return passes
    }
    return FormatCosts(
      dense: adding(dense, to: costs.dense),
      points: try costs.points.map { point in
        guard point.density > 0.09 else { return point }
        return FormatCosts.Point(
          density: point.density, seconds: adding(try secondsPerFlop(point.density), to: point.seconds))
      })
  }

  private func secondsPerFlop(_ density: Double?) throws -> Double? {
    var formats = [LayerFormat](repeating: .dense, count: network.parameters.count)
    var entries = 0
    for weight in network.weights.prefix(Self.layers) {
      let shape = network[weight]
      guard let density else {
        entries += shape.count
        continue
      }
      var random = SplitMix64(seed: 1, stream: UInt64(weight.index))
      let mask = (0..<shape.count).map { _ in
        UInt8(Double.random(in: 0..<1, using: &random) < density ? 1 : 0)
      }
      let pattern = SparsePattern(mask: mask, rows: shape.rows, columns: shape.columns)
      formats[weight.index] = .sparse(pattern)
      entries += pattern.count
    }
    var specification = ModelSpecification(network: network, batchSize: batchSize, formats: formats)
    specification.trains = false
    guard let least = try backend.forwardTimes(of: specification).map(\.time).min() else { return nil }
    return (least / .seconds(1))
      / Double(2 * entries * backend.config(batchSize: batchSize).stride(forBatch: batchSize))
  }
}
