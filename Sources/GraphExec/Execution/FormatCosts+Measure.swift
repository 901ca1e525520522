import Device

extension OpenCLBackend {
  /// The batch at which costs are measured for steps of `batchSize` images. Beyond some size a batch changes little in
  /// the cost of a single operation, and much in the time and the memory that measuring takes.
  ///
  /// - Parameters:
  ///   - batchSize: images of a step.
  ///   - hasSize: whether it is for a layer of its own size, whose images are many rows of activations each.
  public static func measuredBatch(_ batchSize: Int, hasSize: Bool = false) -> Int {
    min(batchSize, hasSize ? 256 : 2048)
  }

  /// Measures what a middling layer costs in each format on this device, in well under a second once kernels are built;
  /// on a slow device with a smaller layer and fewer rounds, so that it takes a few seconds there, too.
  ///
  /// - Parameter batchSize: images of a step.
  public func measureFormatCosts(batchSize: Int) throws -> FormatCosts {
    let batch = Self.measuredBatch(batchSize)
    return try Compilation.exclusively {
      let size = try layerSize(batch)
      let costs = try FormatMeasurement(self, matrix: size, batchSize: batch)
        .costs(densities: [0.02, 0.1, 0.2, 0.35, 0.5], budget: formatBudget)
      return try InferenceMeasurement(self, matrix: size, batchSize: batch).adding(to: costs)
    }
  }

  /// The same of a layer whose entries lie in blocks, which more of them may make worth it.
  public func measureFormatCosts(batchSize: Int, in blocks: SparseBlocks) throws -> FormatCosts {
    let batch = Self.measuredBatch(batchSize)
    return try Compilation.exclusively {
      try FormatMeasurement(self, matrix: layerSize(batch), batchSize: batch, blocks: blocks)
        .costs(densities: [0.05, 0.25, 0.5, 0.75, 0.9], budget: formatBudget)
    }
  }

  /// The same of a layer of a network in its own size, in about a second.
  public func measureFormatCosts(of weight: ParameterID, in network: Network, batchSize: Int) throws
    -> FormatCosts
  {
    let measurement = try FormatMeasurement(
      self, weight: weight, of: network, batchSize: Self.measuredBatch(batchSize, hasSize: true))
    return try Compilation.exclusively {
      try measurement.costs(densities: [0.02, 0.1, 0.25, 0.5], budget: .milliseconds(500))
    }
  }

  /// What all rounds of a middling layer may take together, kernels built.
  private var formatBudget: Duration { .seconds(3) }

  /// The middling layer's 1000 units, or fewer where the device would take too long: a small layer tells.
  private func layerSize(_ batchSize: Int) throws -> Int {
    let (smallest, largest) = (125, 1000)
    let probe = try FormatMeasurement(self, matrix: smallest, batchSize: batchSize).timer(.masked)
    try probe.measure()
    let seconds = probe.secondsPerPass.values.reduce(0, +)
    // Two rounds, and the launches that warm up, of two launches a pass; all sparse layers together cost some three times
    // the dense one.
    let launches = 5.0 * 4
    let budget = Double(formatBudget.components.seconds)
    return Swift.sequence(first: largest) { $0 > smallest ? $0 / 2 : nil }.first { size in
      let larger = Double(size) / Double(smallest)
      return size == smallest || seconds * larger * larger * launches <= budget
    } ?? smallest
  }
}

/// Measurement of the formats' costs on one layer.
private struct FormatMeasurement {
  private static let rounds = 12
  private let context: ComputeContext
  private let config: KernelConfig
  private let batchSize: Int
  /// The layer measured is not the first with parameters, since that one has no input gradient.
  private let network: Network
  private let weight: ParameterID
  /// The blocks in which its entries lie.
  private let blocks: SparseBlocks

  private init(
    _ backend: OpenCLBackend, _ network: Network, _ weight: ParameterID, batchSize: Int,
    blocks: SparseBlocks = .entries
  ) {
    context = backend.context
    config = backend.config(batchSize: batchSize)
    self.batchSize = batchSize
    self.network = network
    self.weight = weight
    self.blocks = blocks
  }

  /// A linear layer of as many outputs as inputs.
  init(_ backend: OpenCLBackend, matrix size: Int, batchSize: Int, blocks: SparseBlocks = .entries) {
    let network = Network(layers: [size, size, size])
    self.init(backend, network, network.weights[1], batchSize: batchSize, blocks: blocks)
  }

  /// A layer of another network.
  init(_ backend: OpenCLBackend, weight: ParameterID, of whole: Network, batchSize: Int) throws {
    let layer = whole.layer(of: weight)
    let network = try Network(
      input: whole.inputShapes(of: layer)[0],
      layers: [
        Network.Layer("before", BatchNorm()), Network.Layer("measured", whole.layers[layer].operation),
        Network.Layer("behind", Flatten()),
      ])
    self.init(backend, network, network.weights[0], batchSize: batchSize)
  }

  /// - Parameter budget: what all rounds may take together; the first one is always finished.
  func costs(densities: [Double], budget: Duration) throws -> FormatCosts {
    // A small layer has fewer densities.
    let candidates = grid.count
    let patterns = Set(densities.map { max(1, Int((Double(candidates) * $0).rounded())) }).sorted()
      .map(pattern)
    let dense = try timer(.masked)
    // A model takes rows together where that is faster.
    let ways = blocks == .entries ? [false] : [false, true]
    let sparse = try patterns.map { pattern in
      try ways.map { try timer(.sparse(pattern), inBlocks: $0) }
    }
    // All formats take turns: a slow moment of the machine must not decide between them.
    try LaunchTimer.measure([dense] + sparse.flatMap(\.self), rounds: Self.rounds, budget: budget)
    return FormatCosts(
      dense: perFlop(dense.secondsPerPass, density: 1),
      points: zip(patterns, sparse).map { pattern, timers in
        let seconds = timers.map(\.secondsPerPass).reduce(into: [:]) { $0.merge($1, uniquingKeysWith: min) }
        return FormatCosts.Point(
          density: pattern.density, seconds: perFlop(seconds, density: pattern.density))
      })
  }

  /// - Parameter inBlocks: whether rows that are alike are taken together.
  func timer(_ format: LayerFormat, inBlocks: Bool = false) throws -> LaunchTimer {
    var formats = network.parameters.map { $0.isWeight ? LayerFormat.masked : .dense }
    formats[weight.index] = format
    var specification = ModelSpecification(network: network, batchSize: batchSize, formats: formats)
    if inBlocks { specification = specification.inBlocks }
    let plan = try Plan(
      ForwardPass(network).training(specification), specification: specification, config: config)
    return try LaunchTimer(
      context, plan: plan, weight: weight,
      structure: specification.pattern(weight).map { SparseStructure($0) })
  }

  /// The layer's blocks.
  private var grid: BlockGrid {
    BlockGrid(
      rows: network[weight].rows, columns: network[weight].columns, blockRows: blocks.inputs,
      blockColumns: blocks.outputs)
  }

  /// So many blocks of entries, drawn.
  private func pattern(count: Int) -> SparsePattern {
    let shape = network[weight]
    var random = SplitMix64(seed: 1, stream: UInt64(count))
    var mask = [UInt8](repeating: 0, count: shape.count)
    for block in random.permutation(grid.count).prefix(count) {
      for entry in grid.entries(of: Int(block)) { mask[entry] = 1 }
    }
    return SparsePattern(mask: mask, rows: shape.rows, columns: shape.columns)
  }

  private func perFlop(_ measured: [MatmulPass: Double], density: Double) -> [String: Double] {
    let columns = network.shapes[network.layer(of: weight)].pixels * config.stride(forBatch: batchSize)
    let flops = 2 * Double(network[weight].count * columns) * density
    return Dictionary(uniqueKeysWithValues: measured.map { ($0.key.rawValue, $0.value / flops) })
  }
}

/// Times the launches of one weight of a plan on buffers of their own.
final class LaunchTimer {
  private let queue: CommandQueue
  private let kernels: [(launch: Launch, kernel: BoundKernel)]
  private var least: [Double]

  /// - Parameter structure: that of a sparse weight. What no table holds and is none of its arrays is small numbers.
  init(_ context: ComputeContext, plan: Plan, weight: ParameterID, structure: SparseStructure?) throws {
    let queue = try CommandQueue(context)
    self.queue = queue
    let matmuls = plan.launches.filter { $0.product?.weight == weight }
    var buffers: [BufferID: DeviceBuffer] = [:]
    for launch in matmuls {
      for case .buffer(let id) in launch.arguments where buffers[id] == nil {
        let bytes = plan.buffers[id] ?? 4
        let buffer = try DeviceBuffer(context, name: "calibration of \(id)", byteCount: bytes)
        if case .parameter(weight, let part) = id, let array = structure?[part] {
          try queue.write(array, to: buffer)
        } else if let table = plan.tables[id] {
          try queue.write(table, to: buffer)
        } else {
          // Bytes of 0x3C are the float 0.0115: a number like any weight, no denormal, and a mask that keeps.
          try queue.fill(buffer, with: 0x3C)
        }
        buffers[id] = buffer
      }
    }
    kernels = try matmuls.map { ($0, try BoundKernel($0, buffers: buffers, in: context)) }
    least = [Double](repeating: .infinity, count: kernels.count)
    // Compiles and warms up.
    for entry in kernels { try queue.enqueue(entry.kernel) }
    try queue.finish()
  }

  /// Times the passes of each in turn, so often that it takes no longer than `budget`, but once in any case.
  static func measure(_ timers: [LaunchTimer], rounds: Int, budget: Duration) throws {
    let end = ContinuousClock.now + budget
    for round in 0..<rounds where round == 0 || ContinuousClock.now < end {
      for timer in timers { try timer.measure() }
    }
  }

  /// Times each pass once more.
  func measure() throws {
    let clock = ContinuousClock()
    for (index, entry) in kernels.enumerated() {
      let start = clock.now
      try queue.enqueue(entry.kernel)
      try queue.enqueue(entry.kernel)
      try queue.finish()
      let duration = (clock.now - start).components
      let seconds = Double(duration.seconds) + Double(duration.attoseconds) * 1e-18
      least[index] = min(least[index], seconds / 2)
    }
  }

  /// The least seconds of each pass so far, which other work on the machine disturbs least. An update that is a launch of
  /// its own counts with the weight gradient, as one that is fused does.
  var secondsPerPass: [MatmulPass: Double] {
    zip(kernels, least).reduce(into: [:]) { seconds, measured in
      guard let pass = measured.0.launch.product?.pass else { return }
      seconds[pass, default: 0] += measured.1
    }
  }
}
