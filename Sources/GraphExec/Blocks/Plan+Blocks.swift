extension Plan {
  /// The plan of a forward pass as one launch that takes block after block of images through all layers, and one of the
  /// loss; nil where a launch of this plan has no step for it.
  ///
  /// Its results have the same bits. `preparation` has to run after each change of the parameters.
  ///
  /// - Parameters:
  ///   - images: those of a set, of which launches take as many as `BlockForm.batches` says.
  package func inBlocks(_ form: BlockForm, ofSet images: Int, _ specification: ModelSpecification) -> Plan? {
    let steps = launches.compactMap(\.block)
    guard steps.count == launches.count, let launcher = BlockLaunches(config, images: form.images),
      let (input, pixels) = steps.gathered, case .loss(let logits) = steps.last
    else { return nil }
    let count = form.batches(ofImages: images, batchSize: batchSize)
    let batches = BlockLaunches.Batches(
      input: input, layout: pixels.layout, size: batchSize, stride: batchStride, count: count)
    let own = steps.filter { $0.result != nil }
    let program = BlockProgram(
      own, activations: activations, specification: specification, images: form.images, part: form.part,
      launches: launcher)
    guard own.last?.result == logits.tensor, program.fits else { return nil }

    var plan = Plan(batchSize: batchSize, config: config)
    plan.batches = count
    plan.preparation = launches.filter { $0.block == .preparation } + program.packing
    let blocks = (min(images, count * batchSize) + form.images - 1) / form.images
    let isShared = form.part != nil && blocks == 1
    let groups = isShared ? form.groups : max(1, min(form.groups, blocks))
    let classes = logits.layout.rows
    let flops = launches.reduce(0) { $0 + ($1.block?.result == nil ? 0 : $1.flops) }
    plan.launches = [
      launcher.network(
        batches, view: program.view(pixels), outputs: program.view(logits), classes: classes,
        steps: own.count, slotCount: program.slotCount, groups: groups, isShared: isShared,
        flops: count * flops, bytes: blocks * program.packedCount * 4)
    ]
    plan.launches += BatchLaunches(stride: batchStride, config: config)
      .losses(classes: classes, batchSize: batchSize, batches: count)
    plan.buffers[.state] = StepState.byteCount
    plan.buffers[.blocks(.packed)] = max(program.packedCount, 1) * 4
    plan.buffers[.blocks(.slots)] = (isShared ? 1 : groups) * program.slotCount * 4
    // The images and the results are jobs, too; and one counts the groups that are done.
    plan.buffers[.blocks(.counters)] = isShared ? 4 * ((groups + 1) * (own.count + 2) + 1) : 8
    plan.buffers[.blocks(.outputs)] = count * classes * batchStride * 4
    plan.buffers[.blocks(.losses)] = count * 8
    plan.buffers[.blocks(.program)] = program.words.count * 4
    plan.tables[.blocks(.program)] = program.words.map { UInt32(bitPattern: $0) }
    plan.outputs = .blocks(.outputs)
    // What only the preparation needs is not needed any more when it has run.
    plan.preparationBuffers = buffers.filter { id, _ in plan.preparation.contains { $0.names(id) } }
    plan.preparationTables = program.preparationTables
    for (id, table) in program.preparationTables { plan.preparationBuffers[id] = table.count * 4 }
    return plan
  }

  /// The buffers of activations, and their rows.
  var activations: [(id: BufferID, rows: Int)] {
    buffers.compactMap { id, bytes in
      switch id {
      case .tensor, .activations: (id, bytes / (4 * batchStride))
      default: nil
      }
    }.sorted { "\($0.id)" < "\($1.id)" }
  }
}

extension [BlockStep] {
  /// How the images are stored, and what is made of them.
  var gathered: (Plan.Input, TensorOperand)? {
    lazy.compactMap { if case .gather(let input, let pixels) = $0 { (input, pixels) } else { nil } }.first
  }
}

extension BlockStep {
  /// What it writes as one of the kernel's steps; nil for another.
  var result: BufferID? {
    switch self {
    case .product(let product): product.y.tensor
    case .pool(let pool): pool.y.tensor
    case .preparation, .begin, .gather, .loss, .backward: nil
    }
  }
}

extension Launch {
  func names(_ id: BufferID) -> Bool { arguments.contains(.buffer(id)) }
}
