import Device

extension OpenCLBackend {
  /// Measures what a middling layer costs in each format on this device, in well under a second once kernels are built.
  ///
  /// - Parameter batchSize: images of a step.
  public func measureFormatCosts(batchSize: Int) throws -> FormatCosts {
    let size = 1000
    let config = KernelConfig.choose(for: context.device, batchSize: batchSize, family: family)
    // The layer measured is the second of two, since the first one has no input gradient.
    let network = Network(layers: [size, size, size])
    func timer(_ format: LayerFormat) throws -> LaunchTimer {
      let specification = ModelSpecification(
        network: network, batchSize: batchSize, formats: [.masked, format])
      let plan = Plan(
        Graph.training(network, masked: specification.maskedLayers), specification: specification,
        config: config)
      let arrays = specification.pattern(1).map { pattern in
        let structure = SparseStructure(pattern)
        return (structure.byColumn + structure.byRow).map { ($0.name + "1", $0.values) }
      }
      return try LaunchTimer(
        context, plan: plan, layer: 1, structure: Dictionary(uniqueKeysWithValues: arrays ?? []))
    }
    func perFlop(_ measured: [(MatmulPass, Double)], density: Double) -> [String: Double] {
      let stride = Double(config.stride(forBatch: batchSize))
      let flops = 2 * Double(size * size) * stride * density
      return Dictionary(uniqueKeysWithValues: measured.map { ($0.0.rawValue, $0.1 / flops) })
    }
    var random = SplitMix64(seed: 1, stream: 0)
    let patterns = [0.02, 0.1, 0.2, 0.35, 0.5].map { target in
      let mask = (0..<size * size).map { _ in UInt8(Double.random(in: 0..<1, using: &random) < target ? 1 : 0)
      }
      return SparsePattern(mask: mask, rows: size, columns: size)
    }
    return try Compilation.exclusively {
      let dense = try timer(.masked)
      let sparse = try patterns.map { try timer(.sparse($0)) }
      // All formats take turns: a slow moment of the machine must not decide between them.
      for _ in 0..<12 { for timer in [dense] + sparse { try timer.measure() } }
      return FormatCosts(
        dense: perFlop(dense.secondsPerPass, density: 1),
        points: zip(patterns, sparse).map { pattern, timer in
          FormatCosts.Point(
            density: pattern.density, seconds: perFlop(timer.secondsPerPass, density: pattern.density))
        })
    }
  }
}

/// Times the launches of one layer of a plan on buffers of their own.
final class LaunchTimer {
  private let queue: CommandQueue
  private let kernels: [(launch: Launch, kernel: BoundKernel)]
  private var least: [Double]

  /// - Parameter structure: content of integer buffers; all others hold small numbers.
  init(_ context: ComputeContext, plan: Plan, layer: Int, structure: [String: [Int32]]) throws {
    let queue = try CommandQueue(context)
    self.queue = queue
    let matmuls = plan.launches.filter { $0.label.hasPrefix("layer \(layer + 1) ") }
    var buffers: [String: DeviceBuffer] = [:]
    for launch in matmuls {
      for case .buffer(let name) in launch.arguments where buffers[name] == nil {
        let bytes = plan.buffers[name] ?? 4
        let buffer = try DeviceBuffer(context, name: "calibration of \(name)", byteCount: bytes)
        if let values = structure[name] {
          try queue.write(values, to: buffer)
        } else {
          // Bytes of 0x3C are the float 0.0115: a number like any weight, no denormal, and a mask that keeps.
          try queue.fill(buffer, with: name == "state" ? 0 : 0x3C)
        }
        buffers[name] = buffer
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

  /// The least seconds of each pass so far, which other work on the machine disturbs least.
  var secondsPerPass: [(MatmulPass, Double)] {
    zip(kernels, least).compactMap { entry, seconds in
      MatmulPass.allCases.first { entry.launch.kernel.contains($0.rawValue) }.map { ($0, seconds) }
    }
  }
}
