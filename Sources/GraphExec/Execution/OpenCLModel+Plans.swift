import Device

extension OpenCLModel {
  /// What is run of a network.
  enum Pass {
    case evaluation, training
    /// Those of a first batch, or of one whose gradients are added to what is there.
    case gradients(isAdded: Bool)
    /// Those of the outputs' sum for an image of ones.
    case flow(scale: Float)
  }

  func plan(_ input: Plan.Input, _ pass: Pass) throws -> Plan {
    let graph =
      switch pass {
      case .evaluation: forward.evaluation
      case .training: try forward.training(specification)
      case .gradients(let isAdded): try forward.gradients(specification, isAdded: isAdded)
      case .flow(let scale): try forward.flow(scale: scale)
      }
    return try Plan(
      graph, layouts: layouts, specification: specification, config: config, input: input)
  }

  /// A training step in a form; nil where the network has none.
  func trainingPlan(_ input: Plan.Input, _ form: StepForm) throws -> Plan? {
    let layered = try Plan(
      stepOf: specification, forward: forward, layouts: layouts, config: config, input: input)
    return layered.training(form, specification)
  }

  func reserve(_ needed: [BufferID: Int]) throws {
    // In an order that is always the same: what does not fit names the same buffer.
    for (id, bytes) in needed.sorted(by: { "\($0.key)" < "\($1.key)" }) {
      if let known = buffers[id], known.byteCount >= bytes { continue }
      let buffer = try DeviceBuffer(context, name: name(of: id), byteCount: bytes)
      // Padding must be zero, and nothing may read what nothing wrote.
      try queue.fill(buffer)
      if case .parameter(let parameter, let part) = id, let array = structures[parameter]?[part] {
        try queue.write(array, to: buffer)
      }
      buffers[id] = buffer
    }
  }

  /// Writes the content of buffers that are there.
  func write(_ tables: [BufferID: [UInt32]]) throws {
    for (id, values) in tables {
      if let buffer = buffers[id], !values.isEmpty { try queue.write(values, to: buffer) }
    }
  }

  /// A buffer's name in messages about memory.
  private func name(of id: BufferID) -> String {
    guard case .parameter(let parameter, let part) = id else { return "\(id)" }
    return "\(part) of \(specification.network[parameter].name)"
  }

  func bind(_ set: OpenCLSet, _ pass: Pass) throws -> BoundPlan {
    precondition(set.size == specification.network.inputs, "the images do not fit the network's input layer")
    var plan = try plan(set.input, pass)
    if case .evaluation = pass, let blocks,
      let inBlocks = plan.inBlocks(blocks, ofSet: set.count, specification)
    {
      plan = inBlocks
    }
    if case .training = pass, let stepForm, let own = try trainingPlan(set.input, stepForm) { plan = own }
    try reserve(plan.buffers)
    try write(plan.tables)
    var known = buffers
    known[.images] = set.images
    known[.labels] = set.labels
    known[.scales] = set.scales
    // But for training, a pass has its own counters: it does not disturb an epoch under way.
    switch pass {
    case .training:
      try reserve([.order: set.count * 4])
      known[.order] = buffers[.order]
    case .evaluation:
      try reserve([.evaluationState: StepState.byteCount])
      known[.state] = buffers[.evaluationState]
      known[.order] = set.fileOrder
    case .gradients:
      try reserve([.gradientState: StepState.byteCount])
      known[.state] = buffers[.gradientState]
      known[.order] = buffers[.gradientOrder]
    case .flow:
      try reserve([.gradientState: StepState.byteCount])
      known[.state] = buffers[.gradientState]
      known[.order] = set.fileOrder
    }
    return try BoundPlan(plan, set: set, buffers: known, in: context)
  }
}
