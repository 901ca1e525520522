import Device

extension OpenCLModel {
  func evaluate(on set: any ResidentSet) throws -> EpochTotals {
    try renewTables()
    let plan = try evaluationPlan(set)
    try pack()
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
    try pack()
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

  /// Packs the parameters for kernels that take blocks of images through all layers, where they have changed.
  func pack() throws {
    guard let blocks = blocks ?? stepForm?.blocks, !isPacked else { return }
    let kernels = try packing ?? bindPacking(blocks)
    packing = kernels
    for kernel in kernels { try queue.enqueue(kernel) }
    isPacked = true
  }

  private func bindPacking(_ blocks: BlockForm) throws -> [BoundKernel] {
    guard let plan = try plan(.bytes, .evaluation).inBlocks(blocks, ofSet: 1, specification) else {
      preconditionFailure("the form was chosen")
    }
    try reserve(plan.preparationBuffers)
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
      case .parameter, .channels: buffers[id] = nil
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
      ? config.blockForms(forBatch: specification.batchSize, units: units) : []
    guard !tried.isEmpty, forms != .layers else { return }
    let choice = try choices.choice(for: forward, specification) { try measure(tried, forms) }
    (blocks, forwardTimes) = (choice.way, choice.times)
    (isPacked, packing, evaluation) = (false, nil, nil)
  }

  /// Tries layer by layer, and each of the forms.
  private func measure(_ tried: [BlockForm], _ forms: ForwardForms) throws -> FormChoices<BlockForm>.Choice {
    let (size, count) = (specification.network.inputs, specification.batchSize)
    let set = try OpenCLSet(
      HostImages(
        features: .bytes([UInt8](repeating: 0, count: count * size)),
        labels: [UInt8](repeating: 0, count: count), size: size), in: context)
    var best = try seconds(on: set)
    var choice = FormChoices<BlockForm>.Choice(times: [(nil, best)])
    for form in tried {
      guard try plan(.bytes, .evaluation).inBlocks(form, ofSet: count, specification) != nil else {
        continue
      }
      (blocks, isPacked, packing, evaluation) = (form, false, nil, nil)
      let time = try seconds(on: set)
      choice.times.append((form, time))
      let isForced = forms == .blocks && form.sharedFrom == nil || forms == .shared
      if time < best && forms == .fastest || isForced { (choice.way, best) = (form, time) }
    }
    return choice
  }

  /// The time of a forward pass, the least of a few: the first one is not counted.
  private func seconds(on set: OpenCLSet) throws -> Duration {
    _ = try evaluate(on: set)
    let start = ContinuousClock.now
    var least = Duration.seconds(1_000_000)
    for _ in 0..<4 where ContinuousClock.now - start < .milliseconds(20) {
      least = min(least, try ContinuousClock().measure { _ = try evaluate(on: set) })
    }
    return least
  }

  /// Gives back the buffers of forms that were tried and are not used.
  func keepBuffers(_ used: Set<BufferID>) throws {
    for id in buffers.keys where !used.contains(id) {
      switch id {
      case .parameter(_, let part) where specification.floatParts.contains(part) || part == .mask: break
      case .state, .scratch: break
      case .channels where packing != nil: break
      default: buffers[id] = nil
      }
    }
    try packForGood()
  }
}
