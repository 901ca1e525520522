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
      own, activations: activations, specification: specification, images: form.images, launches: launcher)
    guard own.last?.result == logits.tensor, program.fits else { return nil }

    var plan = Plan(batchSize: batchSize, config: config)
    plan.batches = count
    plan.preparation = launches.filter { $0.block == .preparation } + program.packing
    let blocks = (min(images, count * batchSize) + form.images - 1) / form.images
    var groups = max(1, min(form.groups, blocks))
    let classes = logits.layout.rows
    let flops = launches.filter { $0.block?.result != nil }.map(\.flops)
    let view = program.view(pixels), outputs = program.view(logits)
    if let sharedFrom = form.sharedFrom, blocks == 1 {
      plan.launches = shares(of: flops, from: sharedFrom, groups: form.groups).enumerated().map {
        index, share in
        let flops = flops[share.steps].reduce(0, +)
        guard index > 0 else {
          return launcher.begin(
            batches, view: view, steps: share.steps, slotCount: program.slotCount, groups: share.groups,
            flops: flops)
        }
        return launcher.share(
          batches, steps: share.steps, outputs: outputs, classes: share.isLast ? classes : 0,
          groups: share.groups, flops: flops)
      }
      groups = form.groups
    } else {
      plan.launches = [
        launcher.network(
          batches, view: view, outputs: outputs, classes: classes, steps: own.count,
          slotCount: program.slotCount, groups: groups, flops: count * flops.reduce(0, +),
          bytes: blocks * program.packedCount * 4)
      ]
    }
    plan.launches += BatchLaunches(stride: batchStride, config: config)
      .losses(classes: classes, batchSize: batchSize, batches: count)
    plan.buffers[.state] = StepState.byteCount
    plan.buffers[.blocks(.packed)] = max(program.packedCount, 1) * 4
    plan.buffers[.blocks(.slots)] = groups * program.slotCount * 4
    plan.buffers[.blocks(.counters)] = 8
    plan.buffers[.blocks(.outputs)] = count * classes * batchStride * 4
    plan.buffers[.blocks(.losses)] = count * 8
    plan.buffers[.blocks(.program)] = program.words.count * 4
    plan.tables[.blocks(.program)] = program.words.map { UInt32(bitPattern: $0) }
    plan.outputs = .blocks(.outputs)
    // What only the preparation needs is not needed any more when it has run.
    plan.preparationBuffers = buffers.filter { id, _ in plan.preparation.contains { $0.names(id) } }
    return plan
  }

  /// The steps of a single block in launches: those with enough of the work by themselves, for all groups, and those between
  /// them for one, which also gives the results.
  private func shares(
    of flops: [Int], from least: Double, groups: Int
  ) -> [(steps: Range<Int>, groups: Int, isLast: Bool)] {
    let enough = least * Double(flops.reduce(0, +))
    var shares: [(steps: Range<Int>, groups: Int, isLast: Bool)] = []
    for (index, own) in flops.enumerated() {
      if Double(own) >= enough {
        shares.append((index..<index + 1, groups, false))
      } else if let last = shares.last, last.groups == 1 {
        shares[shares.count - 1].steps = last.steps.lowerBound..<index + 1
      } else {
        shares.append((index..<index + 1, 1, false))
      }
    }
    // Results are given when all groups are done; and the first launch gives none.
    if shares.count < 2 || shares[shares.count - 1].groups > 1 {
      shares.append((flops.count..<flops.count, 1, false))
    }
    shares[shares.count - 1].isLast = true
    return shares
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
  fileprivate func names(_ id: BufferID) -> Bool { arguments.contains(.buffer(id)) }
}
