import Device

extension OpenCLModel {
  func evaluate(on set: any ResidentSet) throws -> EpochTotals {
    try renewTables()
    let plan = try evaluationPlan(set)
    try packForPass()
    try queue.enqueue(plan.beginEpoch)
    for first in stride(from: 0, to: set.count, by: plan.imagesAtOnce) {
      try plan.set(firstImage: first)
      for kernel in plan.kernels { try queue.enqueue(kernel) }
    }
    return StepState(words: try queue.read(UInt32.self, from: plan.state, count: StepState.wordCount)).totals
  }

  func outputs(of set: any ResidentSet) throws -> [Float] {
    try renewTables()
    let plan = try evaluationPlan(set)
    let (classes, columns) = (specification.network.outputs, plan.plan.batchStride)
    guard let logits = plan.plan.outputs.flatMap({ buffers[$0] }) else { return [] }
    var result = [Float](repeating: 0, count: set.count * classes)
    try packForPass()
    if plan.countsOnDevice { try queue.enqueue(plan.beginEpoch) }
    for first in stride(from: 0, to: set.count, by: plan.imagesAtOnce) {
      try plan.set(firstImage: first)
      for kernel in plan.forward { try queue.enqueue(kernel) }
      let images = min(plan.imagesAtOnce, set.count - first)
      let batches = (images + specification.batchSize - 1) / specification.batchSize
      let values = try queue.read(Float.self, from: logits, count: batches * classes * columns)
      for image in 0..<images {
        let (batch, column) = image.quotientAndRemainder(dividingBy: specification.batchSize)
        for c in 0..<classes {
          result[(first + image) * classes + c] = values[(batch * classes + c) * columns + column]
        }
      }
    }
    return result
  }

  private func evaluationPlan(_ set: any ResidentSet) throws -> BoundPlan {
    guard let set = set as? OpenCLSet else { preconditionFailure("a data set of another backend") }
    if let evaluation, evaluation.set === set { return evaluation }
    let bound = try bind(set, .evaluation)
    evaluation = bound
    return bound
  }

  // MARK: blocks of images

  /// Packs the parameters for a forward pass by itself, where they have changed.
  private func packForPass() throws {
    if hasStaleEntries { isPacked = false }
    try pack()
  }

  /// Packs the parameters for kernels that take blocks of images through all layers, where they have changed.
  func pack() throws {
    guard let blocks = blocks ?? stepForm?.blocks, !isPacked else { return }
    let kernels = try packing ?? bindPacking(blocks)
    packing = kernels
    for kernel in kernels { try queue.enqueue(kernel) }
    (isPacked, hasStaleEntries) = (true, false)
  }

  private func bindPacking(_ blocks: BlockForm) throws -> [BoundKernel] {
    guard let plan = try plan(.bytes, .evaluation).inBlocks(blocks, ofSet: 1, specification) else {
      preconditionFailure("the form was chosen")
    }
    try reserve(plan.preparationBuffers)
    try write(plan.preparationTables)
    if let packed = plan.buffers[.blocks(.packed)] { try reserve([.blocks(.packed): packed]) }
    return try plan.preparation.map { try BoundKernel($0, buffers: buffers, in: context) }
  }

  /// Packs the parameters of an inference model, and holds them in no other form.
  func packForGood() throws {
    guard blocks != nil, !specification.trains else { return }
    try pack()
    try queue.finish()
    packing = nil
    for id in buffers.keys {
      switch id {
      case .parameter, .channels, .blocks(.places): buffers[id] = nil
      default: break
      }
    }
  }

  /// Chooses how a forward pass is run: what is fastest for a batch on this device.
  ///
  /// Its results are the same. A form that shares a single block has been tried with groups of their own before: both are
  /// compiled, whatever set comes.
  func chooseBlocks(_ forms: ForwardForms, _ choices: FormChoices<BlockForm>) throws {
    let units = context.device.computeUnits
    // Blocks are told once which entries a sparse weight has.
    let tried =
      specification.fused && specification.keepsEntries
      ? config.blockForms(
        forBatch: specification.batchSize, hasEntries: !structures.isEmpty,
        hasPixels: specification.network.shapes.contains { $0.pixels > 1 }, units: units) : []
    guard !tried.isEmpty, forms != .layers else { return }
    let choice = try choices.choice(for: forward, specification) { try measure(tried, forms) }
    (blocks, forwardTimes) = (choice.way, choice.times)
    (isPacked, packing, evaluation) = (false, nil, nil)
  }

  /// Tries layer by layer, and each of the forms, which take turns: a slow moment of the machine must not decide between them.
  private func measure(_ tried: [BlockForm], _ forms: ForwardForms) throws -> FormChoices<BlockForm>.Choice {
    let (size, count) = (specification.network.inputs, specification.batchSize)
    let set = try OpenCLSet(
      HostImages(
        features: .bytes([UInt8](repeating: 0, count: count * size)),
        labels: [UInt8](repeating: 0, count: count), size: size), in: context)
    let layered = try plan(.bytes, .evaluation)
    let ways =
      [nil]
      + tried.filter { layered.inBlocks($0, ofSet: count, specification) != nil }
    // The first pass of each binds, compiles and packs.
    let bound = try ways.map { way -> BoundPlan? in
      (blocks, isPacked, packing, evaluation) = (way, false, nil, nil)
      _ = try evaluate(on: set)
      return evaluation
    }
    var least = [Duration](repeating: .seconds(1_000_000), count: ways.count)
    let start = ContinuousClock.now
    for round in 0..<4 where round < 2 || ContinuousClock.now - start < .milliseconds(20) * ways.count {
      for (place, way) in ways.enumerated() {
        (blocks, evaluation) = (way, bound[place])
        // Passes follow each other in use, too: the first one finds another form's weights in the caches.
        for _ in 0..<3 {
          least[place] = min(least[place], try ContinuousClock().measure { _ = try evaluate(on: set) })
        }
      }
    }
    let times = Array(zip(ways, least))
    let forced = times.filter { way, _ in
      way.map { ($0.part != nil) == (forms == .shared) } ?? false
    }
    let best = (forms == .fastest ? times : forced).min { $0.1 < $1.1 }
    return FormChoices.Choice(way: best.flatMap(\.0), times: times.map { (way: $0.0, time: $0.1) })
  }

  /// Gives back the buffers of forms that were tried and are not used.
  func keepBuffers(_ used: Set<BufferID>) throws {
    for id in buffers.keys where !used.contains(id) {
      switch id {
      case .parameter(_, let part) where specification.floatParts.contains(part) || part == .mask: break
      case .state, .scratch: break
      case .channels where packing != nil, .blocks(.places) where packing != nil: break
      default: buffers[id] = nil
      }
    }
    try packForGood()
  }
}
