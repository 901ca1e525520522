extension Plan {
  /// The plan of a training step, layer by layer, in which each tensor has a buffer of its own.
  ///
  /// - Throws: `GraphError`, as the graph and the plan of it.
  package init(
    stepOf specification: ModelSpecification, forward: ForwardPass, layouts: TensorLayouts? = nil,
    config: KernelConfig, input: Input
  ) throws {
    try self.init(
      forward.training(specification), layouts: layouts, specification: specification, config: config,
      input: input, takesTurns: false)
  }

  /// The plan of a training step as two launches: one in which each work-group takes a block of the batch's images forward and
  /// back through all layers, and one of all updates; nil where a launch of this plan has no step for it.
  ///
  /// Its results have the same bits. `preparation` has to run before the first step, and after each other change of the
  /// parameters. This plan's tensors must have buffers of their own.
  ///
  /// - Parameter images: those of a block.
  package func trainingInBlocks(images: Int, _ specification: ModelSpecification) -> Plan? {
    let optimizer = specification.optimizer
    let steps = launches.compactMap(\.block)
    guard steps.count == launches.count, let launcher = BlockLaunches(config, images: images),
      let training = TrainingLaunches(config, images: images, stride: batchStride, optimizer: optimizer),
      let (input, pixels) = steps.gathered, case .cpu(let tiles) = config.kernels
    else { return nil }
    let own = steps.filter { $0.result != nil }
    let back = steps.compactMap { if case .backward(let step) = $0 { step } else { nil } }
    let forward = BlockProgram(
      own, activations: activations, specification: specification, images: images, launches: launcher)
    guard let (loss, logits, gradient) = back.loss, let first = forward.places[logits.tensor],
      let gradient = forward.places[gradient],
      let program = TrainingProgram(forward, back, specification, tiles), program.program.fits
    else { return nil }

    var plan = Plan(batchSize: batchSize, config: config)
    plan.preparation = forward.packing
    plan.preparationTables = forward.preparationTables
    let (ahead, behind) = (launches.filter { !$0.updates }, launches.filter { $0.updates })
    plan.launches = training.values(program).map { [$0] } ?? []
    plan.launches += [
      training.gradients(
        TrainingLaunches.Images(
          input: input, layout: pixels.layout, view: forward.view(pixels), classes: logits.layout.rows,
          logits: first, gradient: gradient, loss: loss),
        program, steps: own.count, batchSize: batchSize, flops: ahead.reduce(0) { $0 + $1.flops },
        bytes: ahead.reduce(0) { $0 + $1.bytes }),
      training.update(
        program, batchSize: batchSize, flops: behind.reduce(0) { $0 + $1.flops },
        bytes: behind.reduce(0) { $0 + $1.bytes }),
    ]
    // Of parameters what the launches name: structures are tables.
    plan.buffers = buffers.filter { id, _ in
      if case .parameter = id { plan.launches.contains { $0.names(id) } } else { false }
    }
    plan.buffers[.state] = StepState.byteCount
    plan.buffers[.blocks(.packed)] = max(forward.packedCount, 1) * 4
    plan.buffers[.trainingBlocks(.packed)] = max(program.places.count, 1) * 4
    let places = [BufferID.blocks(.places): forward.gathered, .trainingBlocks(.places): program.places]
    for (id, table) in places where program.gathers.count > 0 {
      plan.buffers[id] = max(table.count, 1) * 4
      plan.tables[id] = table.map { UInt32(bitPattern: $0) }
    }
    plan.buffers[.trainingBlocks(.slots)] = training.blocks * forward.slotCount * 4
    plan.buffers[.trainingBlocks(.losses)] = training.lossParts * 8
    let words = program.program.words
    plan.buffers[.trainingBlocks(.program)] = words.count * 4
    plan.tables[.trainingBlocks(.program)] = words.map { UInt32(bitPattern: $0) }
    plan.slotRows = forward.places
    return plan
  }
}

extension Launch {
  /// Whether it belongs to the second launch of a step.
  fileprivate var updates: Bool {
    guard case .backward(let step) = block else { return false }
    switch step {
    case .update, .sum, .updateBy: return true
    case .loss, .inputGradient: return false
    }
  }
}

extension [BackwardStep] {
  fileprivate var loss: (SoftmaxCrossEntropy, of: TensorOperand, gradient: BufferID)? {
    lazy.compactMap {
      if case .loss(let loss, let logits, let gradient) = $0 { (loss, logits, gradient) } else { nil }
    }
    .first
  }
}
