import Device

extension OpenCLBackend {
  /// The batch at which costs are measured for steps of `batchSize` images. Beyond some size a batch changes little in
  /// the cost of a single operation, and much in the time and the memory that measuring takes.
  public static func measuredBatch(_ batchSize: Int) -> Int { min(batchSize, 2048) }

  /// Measures what a middling layer costs in each format on this device, in well under a second once kernels are built;
  /// on a slow device with a smaller layer and fewer rounds, so that it takes a few seconds there, too.
  ///
  /// - Parameter batchSize: images of a step.
  public func measureFormatCosts(batchSize: Int) throws -> FormatCosts {
    let measurement = FormatMeasurement(self, batchSize: Self.measuredBatch(batchSize))
    return try Compilation.exclusively { try measurement.costs() }
  }
}

/// Measurement of the formats' costs on layers of one size.
private struct FormatMeasurement {
  private static let rounds = 12
  /// What all rounds may take together, kernels built; the first one is always finished.
  private static let budget = Duration.seconds(3)
  private let context: ComputeContext
  private let config: KernelConfig
  private let batchSize: Int

  init(_ backend: OpenCLBackend, batchSize: Int) {
    context = backend.context
    config = KernelConfig.choose(for: context.device, batchSize: batchSize, family: backend.family)
    self.batchSize = batchSize
  }

  func costs() throws -> FormatCosts {
    let size = try layerSize()
    let patterns = [0.02, 0.1, 0.2, 0.35, 0.5].map { Self.pattern(density: $0, size: size) }
    let dense = try timer(.masked, size: size)
    let sparse = try patterns.map { try timer(.sparse($0), size: size) }
    let end = ContinuousClock.now + Self.budget
    // All formats take turns: a slow moment of the machine must not decide between them.
    for round in 0..<Self.rounds where round == 0 || ContinuousClock.now < end {
      for timer in [dense] + sparse { try timer.measure() }
    }
    return FormatCosts(
      dense: perFlop(dense.secondsPerPass, size: size, density: 1),
      points: zip(patterns, sparse).map { pattern, timer in
        FormatCosts.Point(
          density: pattern.density,
          seconds: perFlop(timer.secondsPerPass, size: size, density: pattern.density))
      })
  }

  /// The middling layer's 1000 units, or fewer where the device would take too long: a small layer tells.
  private func layerSize() throws -> Int {
    let (smallest, largest) = (125, 1000)
    let probe = try timer(.masked, size: smallest)
    try probe.measure()
    let seconds = probe.secondsPerPass.values.reduce(0, +)
    // Two rounds, and the launches that warm up, of two launches a pass; all sparse layers together cost some three times
    // the dense one.
    let launches = 5.0 * 4
    let budget = Double(Self.budget.components.seconds)
    return Swift.sequence(first: largest) { $0 > smallest ? $0 / 2 : nil }.first { size in
      let larger = Double(size) / Double(smallest)
      return size == smallest || seconds * larger * larger * launches <= budget
    } ?? smallest
  }

  /// The layer measured is the second of two, since the first one has no input gradient.
  private func timer(_ format: LayerFormat, size: Int) throws -> LaunchTimer {
    let network = Network(layers: [size, size, size])
    let specification = ModelSpecification(
      network: network, batchSize: batchSize, formats: [.masked, format])
    let plan = try Plan(
      ForwardPass(network).training(masked: specification.masked), specification: specification,
      config: config)
    let weight = network.weights[1]
    return try LaunchTimer(
      context, plan: plan, weight: weight,
      structure: specification.pattern(weight).map { SparseStructure($0) })
  }

  private static func pattern(density: Double, size: Int) -> SparsePattern {
    var random = SplitMix64(seed: 1, stream: UInt64(density * 100))
    let mask = (0..<size * size).map { _ in
      UInt8(Double.random(in: 0..<1, using: &random) < density ? 1 : 0)
    }
    return SparsePattern(mask: mask, rows: size, columns: size)
  }

  private func perFlop(_ measured: [MatmulPass: Double], size: Int, density: Double) -> [String: Double] {
    let flops = 2 * Double(size * size * config.stride(forBatch: batchSize)) * density
    return Dictionary(uniqueKeysWithValues: measured.map { ($0.key.rawValue, $0.value / flops) })
  }
}

/// Times the launches of one weight of a plan on buffers of their own.
final class LaunchTimer {
  private let queue: CommandQueue
  private let kernels: [(launch: Launch, kernel: BoundKernel)]
  private var least: [Double]

  /// - Parameter structure: that of a sparse weight. What is none of its arrays holds small numbers.
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
