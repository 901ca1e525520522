import Device

extension OpenCLModel {
  /// Chooses how a training step is run: what is fastest on this device. Its results are the same.
  func chooseTraining(_ forms: ForwardForms, _ choices: FormChoices<StepForm>) throws {
    // A step whose topology changes may be skipped; and blocks are told once which entries a sparse weight has.
    guard specification.fused, specification.keepsEntries, forms != .layers else { return }
    let choice = try choices.choice(for: forward, specification, isStep: true) {
      try measureSteps(
        config.stepForms(
          forBatch: specification.batchSize, hasEntries: !structures.isEmpty, on: context.device), forms)
    }
    useTraining(choice.way)
    stepTimes = choice.times
  }

  private func useTraining(_ form: StepForm?) {
    stepForm = form
    (training, isPacked) = (nil, false)
  }

  /// Tries layer by layer and the forms that the network has, where a step is so short that launches count in it, or a weight is
  /// sparse, whose products gain from activations in the caches.
  ///
  /// Another one could gain nothing, and a choice that other models disturb could lose a lot.
  private func measureSteps(
    _ tried: [StepForm], _ forms: ForwardForms
  ) throws -> FormChoices<StepForm>.Choice {
    let own = try tried.filter { try trainingPlan(.bytes, $0) != nil }
    guard !own.isEmpty else { return FormChoices.Choice() }
    if forms == .fastest, structures.isEmpty {
      let layered = try secondsOfStep([nil], steps: 1)[0]
      guard layered < Self.longStep else { return FormChoices.Choice(times: [(nil, layered)]) }
    }
    let ways = [nil] + own
    let times = Array(zip(ways, try secondsOfStep(ways, steps: 8)))
    let best = times.dropFirst(forms == .fastest ? 0 : 1).min { $0.1 < $1.1 }
    return FormChoices.Choice(way: best.flatMap(\.0), times: times.map { (way: $0.0, time: $0.1) })
  }

  /// A step in which a launch for each product is lost: these take some microseconds each.
  private static let longStep = Duration.milliseconds(2)

  /// The time of a step in each form, the least of a few epochs of so many steps in which they take turns.
  private func secondsOfStep(_ forms: [StepForm?], steps: Int) throws -> [Duration] {
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
