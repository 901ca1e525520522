import Device
import GraphExec
import Reference

/// `network_gradients_cpu.cl` and `network_update_cpu.cl`, or `network_gpu.cl`: a step of a network of two layers, each result by
/// what was computed before it.
///
/// That a network of many layers has the bits of its layers one by one is for the engine's tests.
struct TrainingVerification {
  let runner: any KernelRunner
  let report: VerifyReport
  /// The form of the step.
  let form: StepForm
  /// Floats of a vector, for blocks.
  var width = 16

  /// A layer with a ReLU and one without, of random operands.
  func verify(
    _ shape: MatmulShape, classes: Int, optimizer: any Optimizer = Adam(),
    formats: [TrainingOperands.Format] = TrainingOperands.Format.allCases
  ) {
    let (config, kernels, what): (KernelConfig, (String) -> String, String)
    switch form {
    case .blocks(let images):
      config = .cpu(
        CPUTiles.choose(width: width, localMemory: runner.device.localMemory, batchSize: shape.batch))
      guard images >= 16, config.stride(forBatch: shape.batch) % images == 0 else { return }
      kernels = { "network_gradients_\($0), network_update" }
      what = "blocks of \(images)"
    case .whole(let tiles, _):
      config = .gpu(GPUTileSet(tiles))
      (kernels, what) = ({ "network_step_\($0)" }, "a step in one launch")
    }
    for format in formats where format != .sparse || form.blocks != nil {
      let input = format == .dense ? Plan.Input.bytes : .floats
      let rule = UpdateReference(optimizer)
      let packing = format == .sparse ? "network_values, " : ""
      report.attempt(
        packing + kernels(input == .bytes ? "bytes" : "floats"), "\(config.name), \(what), \(rule.name)",
        case: "\(shape.description), \(classes) classes, \(format.rawValue)"
      ) {
        try TrainingTrial(
          runner, config, form, TrainingOperands(shape, classes: classes, format, rule), input
        ).run()
      }
    }
  }
}

/// One step.
private struct TrainingTrial {
  private let runner: any KernelRunner
  private let operands: TrainingOperands
  private let input: Plan.Input
  private let form: StepForm
  private let plan: Plan
  /// The tensors, by their buffers: images, activations, logits, and the gradients of these two.
  private let tensors: TrainingTensors<BufferID>
  /// Images of a block, and of all blocks: one, where a step is one launch.
  private let images: Int
  private let stride: Int

  init(
    _ runner: any KernelRunner, _ config: KernelConfig, _ form: StepForm, _ operands: TrainingOperands,
    _ input: Plan.Input
  ) throws {
    (self.runner, self.form, self.operands, self.input) = (runner, form, operands, input)
    stride = config.stride(forBatch: operands.shape.batch)
    images = form.blocks?.images ?? stride
    let specification = operands.specification
    let layered = try Plan(
      stepOf: specification, forward: ForwardPass(specification.network), config: config, input: input)
    guard let plan = layered.training(form, specification),
      let tensors = TrainingTensors(layered.launches.compactMap(\.block))
    else { throw GraphError("the network has no such step") }
    (self.plan, self.tensors) = (plan, tensors)
  }

  func run() throws -> Comparison {
    var buffers = try operandBuffers()
    let count = operands.order.count
    for launch in plan.preparation { try runner.run(launch, on: buffers) }
    let rate = Float(operands.rule.optimizer.learningRate)
    // Values of sparse weights are packed first.
    let (packing, own) = (plan.launches.dropLast(form.blocks == nil ? 1 : 2), plan.launches)
    for launch in packing { try runner.run(launch, on: buffers) }
    try runner.run(own[packing.count].at(learningRate: rate), on: buffers, imageCount: count)
    let slots =
      try (buffers[.trainingBlocks(.slots)] ?? buffers[.wholeStep(.activations)])?.read(Float.self) ?? []
    let seen = TrainingTensors(
      x: rows(tensors.x, operands.shape.inputs, slots),
      hidden: rows(tensors.hidden, operands.shape.outputs, slots),
      logits: rows(tensors.logits, operands.classes, slots),
      dLogits: rows(tensors.dLogits, operands.classes, slots),
      dHidden: rows(tensors.dHidden, operands.shape.outputs, slots))
    var worst = operands.compare(seen)
    if let update = own.dropFirst(packing.count + 1).first {
      var state = StepState(words: try buffers[.state]?.read(UInt32.self) ?? [])
      worst = worst.worse(.exact([state.step, state.cursor, state.count], [operands.state.step + 1, 0, 2]))
      // Updates are held against those by a rule in `Double`.
      state.rule = operands.rule.state.rule
      buffers[.state] = try runner.buffer("state", state.words)
      try runner.run(update, on: buffers, imageCount: count)
      for launch in packing { try runner.run(launch, on: buffers) }
    } else {
      let meetings = try buffers[.wholeStep(.meetings)]?.read(UInt32.self) ?? []
      worst = worst.worse(.exact(meetings, [0, 0, 0, 0]))
    }
    worst = worst.worse(
      operands.compare(StepState(words: try buffers[.state]?.read(UInt32.self) ?? []), seen))
    if let packed = try buffers[.blocks(.packed)]?.read(UInt32.self) {
      buffers[.blocks(.packed)] = try runner.buffer(
        "packed again", [UInt32](repeating: 0, count: packed.count))
      for launch in plan.preparation { try runner.run(launch, on: buffers) }
      worst = worst.worse(.exact(packed, try buffers[.blocks(.packed)]?.read(UInt32.self) ?? []))
    }
    return try operands.updates(seen).reduce(worst) { worst, update in
      worst.worse(
        try update.expected.compare { part, expected in
          let got = try buffers[.parameter(update.id, part)]?.read(Float.self) ?? []
          guard let structure = operands.structures[update.id] else {
            return expected.compare(got, stride: leadingDimension(expected.columns))
          }
          return expected.survivors(in: structure).compare(got, stride: max(structure.indices.count, 1))
        })
    }
  }

  /// So many rows of a tensor in the slots of all blocks, put together.
  private func rows(_ tensor: BufferID, _ count: Int, _ slots: [Float]) -> Matrix {
    let slot = slots.count / (stride / images)
    var matrix = Matrix(rows: count, columns: stride)
    guard let first = plan.slotRows[tensor] else { return matrix }
    for row in 0..<count {
      for b in 0..<stride {
        matrix[row, b] = slots[b / images * slot + (first + row) * images + b % images]
      }
    }
    return matrix
  }

  /// Everything that the plan names, with nothing in it that a kernel could take for a result.
  private func operandBuffers() throws -> [BufferID: any KernelBuffer] {
    var buffers: [BufferID: any KernelBuffer] = [:]
    for (id, bytes) in plan.buffers {
      // Past the last output of a panel a weight's packed copy stays zero.
      let isZero = [.blocks(.packed), .wholeStep(.meetings)].contains(id)
      let fill = isZero ? 0 : Float.nan.bitPattern
      buffers[id] = try runner.buffer(
        "\(id)", plan.tables[id] ?? [UInt32](repeating: fill, count: (bytes + 3) / 4))
    }
    for (id, table) in plan.preparationTables { buffers[id] = try runner.buffer("\(id)", table) }
    for (id, parts) in operands.parameters {
      for (part, matrix) in parts {
        let ldw = leadingDimension(matrix.columns)
        let values = operands.structures[id].map { stored($0.gather(matrix)) }
        buffers[.parameter(id, part)] = try runner.buffer(
          "\(part)", values ?? spread(matrix.values, columns: matrix.columns, stride: ldw))
      }
    }
    for (id, mask) in operands.masks {
      let columns = operands.specification.network[id].columns
      buffers[.parameter(id, .mask)] = try runner.buffer(
        "mask", spread(mask, columns: columns, stride: leadingDimension(columns)))
    }
    buffers[.images] =
      try input == .bytes
      ? runner.buffer("images", operands.pixels.map { UInt8($0) }) : runner.buffer("images", operands.pixels)
    let size = operands.shape.inputs
    buffers[.scales] = try runner.buffer(
      "scales", [Float](repeating: 1, count: size) + [Float](repeating: 0, count: size))
    buffers[.labels] = try runner.buffer("labels", operands.labels)
    buffers[.order] = try runner.buffer("order", operands.order)
    buffers[.state] = try runner.buffer("state", operands.state.words)
    return buffers
  }
}

extension TrainingTensors<BufferID> {
  /// Those that a step of two layers names.
  fileprivate init?(_ steps: [BlockStep]) {
    var products: [BlockProduct] = []
    var (dLogits, dHidden): (BufferID?, BufferID?)
    for step in steps {
      switch step {
      case .product(let product): products.append(product)
      case .backward(.loss(_, of: _, let gradient)): dLogits = gradient
      case .backward(.inputGradient(_, of: _, to: let gradient, gate: _)): dHidden = gradient
      default: break
      }
    }
    guard products.count == 2, let dLogits, let dHidden else { return nil }
    self.init(
      x: products[0].x.tensor, hidden: products[0].y.tensor, logits: products[1].y.tensor, dLogits: dLogits,
      dHidden: dHidden)
  }
}
