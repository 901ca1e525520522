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
    let layered = try secondsOfStep(on: set)
    useTraining(form)
    let inBlocks = try secondsOfStep(on: set)
    return FormChoices.Choice(
      blocks: forms != .fastest || inBlocks < layered ? form : nil, times: [(nil, layered), (form, inBlocks)])
  }

  private static let measuredSteps = 4

  /// The time of a step, the least of a few epochs: the first one is not counted.
  private func secondsOfStep(on set: OpenCLSet) throws -> Duration {
    let order = (0..<Int32(set.count)).map { $0 }
    _ = try trainEpoch(on: set, order: order)
    let start = ContinuousClock.now
    var least = Duration.seconds(1_000_000)
    for _ in 0..<4 where ContinuousClock.now - start < .milliseconds(20) {
      least = min(least, try ContinuousClock().measure { _ = try trainEpoch(on: set, order: order) })
    }
    return least / Self.measuredSteps
  }
}

extension KernelConfig {
  /// The blocks of a training step in two launches with a batch size; nil where there are no such kernels.
  fileprivate func stepForm(forBatch batchSize: Int, units: Int) -> BlockForm? {
    guard case .cpu = kernels else { return nil }
    return BlockForm(images: stride(forBatch: batchSize) % 32 == 0 ? 32 : 16, groups: units)
  }
}
