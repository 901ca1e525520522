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
    func seconds(_ format: LayerFormat) throws -> [(MatmulPass, Double)] {
      let specification = ModelSpecification(
        network: network, batchSize: batchSize, formats: [.masked, format])
      let plan = Plan(
        Graph.training(network, masked: specification.maskedLayers), specification: specification,
        config: config)
      let arrays = specification.pattern(1).map { pattern in
        let structure = SparseStructure(pattern)
        return (structure.byColumn + structure.byRow).map { ($0.name + "1", $0.values) }
      }
      return try Compilation.exclusively {
        try LaunchTimer(
          context, plan: plan, layer: 1, structure: Dictionary(uniqueKeysWithValues: arrays ?? [])
        )
        .secondsPerPass()
      }
    }
    func perFlop(_ measured: [(MatmulPass, Double)], density: Double) -> [String: Double] {
      let stride = Double(config.stride(forBatch: batchSize))
      let flops = 2 * Double(size * size) * stride * density
      return Dictionary(uniqueKeysWithValues: measured.map { ($0.0.rawValue, $0.1 / flops) })
    }
    var random = SplitMix64(seed: 1, stream: 0)
    let points = try [0.02, 0.1, 0.2, 0.35, 0.5].map { target in
      let mask = (0..<size * size).map { _ in UInt8(Double.random(in: 0..<1, using: &random) < target ? 1 : 0)
      }
      let pattern = SparsePattern(mask: mask, rows: size, columns: size)
      return FormatCosts.Point(
        density: pattern.density, seconds: perFlop(try seconds(.sparse(pattern)), density: pattern.density))
    }
    return FormatCosts(dense: perFlop(try seconds(.masked), density: 1), points: points)
  }
}

/// Times the launches of one layer of a plan on buffers of their own.
struct LaunchTimer {
  private let queue: CommandQueue
  private let kernels: [(launch: Launch, kernel: BoundKernel)]

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
  }

  /// The least seconds of each pass, which other work on the machine disturbs least; the passes take turns.
  func secondsPerPass() throws -> [(MatmulPass, Double)] {
    var samples = [[Double]](repeating: [], count: kernels.count)
    let clock = ContinuousClock()
    for round in 0..<6 {
      for (index, entry) in kernels.enumerated() {
        let start = clock.now
        try queue.enqueue(entry.kernel)
        try queue.enqueue(entry.kernel)
        try queue.finish()
        let duration = (clock.now - start).components
        // The first round compiles and warms up.
        if round > 0 {
          samples[index].append((Double(duration.seconds) + Double(duration.attoseconds) * 1e-18) / 2)
        }
      }
    }
    return zip(kernels, samples).compactMap { entry, samples in
      MatmulPass.allCases.first { entry.launch.kernel.contains($0.rawValue) }.map {
        ($0, samples.min() ?? 0)
      }
    }
  }
}
