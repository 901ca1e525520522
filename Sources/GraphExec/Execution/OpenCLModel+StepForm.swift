import Device

extension OpenCLModel {
  /// Chooses how a training step is run: what is fastest on this device. Its results are the same.
  func chooseTraining(_ forms: ForwardForms, _ choices: FormChoices) throws {
    // A step whose topology changes may be skipped; and blocks are told once which entries a sparse weight has.
    guard specification.fused, specification.keepsEntries, forms != .layers,
      let form = config.stepForm(forBatch: specification.batchSize, units: context.device.computeUnits)
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

  /// Tries layer by layer and two launches, where the network has them and a step is so short that launches count in it.
  ///
  /// A longer one could gain nothing, and a choice that other models disturb could lose a lot.
  private func measureSteps(_ form: BlockForm, _ forms: ForwardForms) throws -> FormChoices.Choice {
    guard try trainingPlan(.bytes, inBlocksOf: form.images) != nil else { return FormChoices.Choice() }
    if forms == .fastest {
      let layered = try secondsOfStep([nil], steps: 1)[0]
      guard layered < Self.longStep else { return FormChoices.Choice(times: [(nil, layered)]) }
    }
    let times = try secondsOfStep([nil, form], steps: 8)
    return FormChoices.Choice(
      blocks: forms != .fastest || times[1] < times[0] ? form : nil,
      times: [(nil, times[0]), (form, times[1])])
  }

  /// A step in which a launch for each product is lost: these take some microseconds each.
  private static let longStep = Duration.milliseconds(2)

  /// The time of a step in each form, the least of a few epochs of so many steps in which they take turns.
  private func secondsOfStep(_ forms: [BlockForm?], steps: Int) throws -> [Duration] {
    let (size, count) = (specification.network.inputs, steps * specification.batchSize)
    let set = try OpenCLSet(
      HostImages(
        features: .bytes([UInt8](repeating: 0, count: count * size)),
        labels: [UInt8](repeating: 0, count: count), size: size), in: context)
    let order = (0..<Int32(count)).map { $0 }
    // The first epoch of each binds and compiles.
    let bound = try forms.map { form -> BoundPlan? in
      useTraining(form)
      _ = try trainEpoch(on: set, order: order)
      return training
    }
    var least = [Duration](repeating: .seconds(1_000_000), count: forms.count)
    let start = ContinuousClock.now
    for round in 0..<6 where round < 2 || ContinuousClock.now - start < .milliseconds(40) {
      for (place, form) in forms.enumerated() {
        useTraining(form)
        training = bound[place]
        let time = try ContinuousClock().measure { _ = try trainEpoch(on: set, order: order) }
        least[place] = min(least[place], time / steps)
      }
    }
    return least
  }
}

extension KernelConfig {
  /// The blocks of a training step in two launches with a batch size; nil where there are no such kernels.
  fileprivate func stepForm(forBatch batchSize: Int, units: Int) -> BlockForm? {
    guard case .cpu = kernels else { return nil }
    return BlockForm(images: stride(forBatch: batchSize) % 32 == 0 ? 32 : 16, groups: units)
  }
}
