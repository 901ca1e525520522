import Device

extension OpenCLModel {
  /// Chooses how a training step is run: what is fastest on this device. Its results are the same.
  func chooseTraining(_ forms: ForwardForms, _ choices: FormChoices) throws {
    // A step whose topology changes may be skipped; and blocks are told once which entries a sparse weight has.
    guard specification.fused, specification.regrowth == nil, forms != .layers,
      let form = config.stepForm(forBatch: specification.batchSize, units: context.device.computeUnits),
      try trainingPlan(.bytes, inBlocksOf: form.images) != nil
    else { return }
    let choice = try choices.choice(for: forward, specification, isStep: true) {
      try measureSteps(form, forms)
    }
    useTraining(choice.blocks)
    stepTimes = choice.times
  }

  private func useTraining(_ form: BlockForm?) {
    trainingBlocks = form
    (training, isPacked) = (nil, false)
  }

  /// Tries layer by layer, and two launches.
  private func measureSteps(_ form: BlockForm, _ forms: ForwardForms) throws -> FormChoices.Choice {
    let (size, count) = (specification.network.inputs, Self.measuredSteps * specification.batchSize)
    let set = try OpenCLSet(
      HostImages(
        features: .bytes([UInt8](repeating: 0, count: count * size)),
        labels: [UInt8](repeating: 0, count: count), size: size), in: context)
    let order = (0..<Int32(set.count)).map { $0 }
    // The first epoch of each binds and compiles; then they take turns.
    let bound = try [nil, form].map { form -> BoundPlan? in
      useTraining(form)
      _ = try trainEpoch(on: set, order: order)
      return training
    }
    var least = [Duration](repeating: .seconds(1_000_000), count: 2)
    let start = ContinuousClock.now
    for round in 0..<6 where round < 2 || ContinuousClock.now - start < .milliseconds(60) {
      for (place, form) in [nil, form].enumerated() {
        useTraining(form)
        training = bound[place]
        let time = try ContinuousClock().measure { _ = try trainEpoch(on: set, order: order) }
        least[place] = min(least[place], time / Self.measuredSteps)
      }
    }
    return FormChoices.Choice(
      blocks: forms != .fastest || least[1] < least[0] ? form : nil,
      times: [(nil, least[0]), (form, least[1])])
  }

  private static let measuredSteps = 4
}

extension KernelConfig {
  /// The blocks of a training step in two launches with a batch size; nil where there are no such kernels.
  fileprivate func stepForm(forBatch batchSize: Int, units: Int) -> BlockForm? {
    guard case .cpu = kernels else { return nil }
    return BlockForm(images: stride(forBatch: batchSize) % 32 == 0 ? 32 : 16, groups: units)
  }
}
