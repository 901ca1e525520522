extension Plan {
  /// The plan of a training step in one launch, whose groups wait for one another between phases; nil where a launch of this
  /// plan has no job for it.
  ///
  /// Its results have the same bits. This plan's tensors must have buffers of their own.
  package func trainingInOneLaunch(_ tiles: GPUTiles, groups: Int, _ specification: ModelSpecification)
    -> Plan?
  {
    let steps = launches.compactMap(\.block)
    guard steps.count == launches.count, let (input, pixels) = steps.gathered, let loss = steps.loss,
      let launcher = WholeStepLaunch(
        config, tiles, groups: groups, stride: batchStride, optimizer: specification.optimizer),
      let program = WholeStepProgram(steps, activations: activations, specification, launcher),
      let first = program.places[pixels.tensor]
    else { return nil }
    let view = pixels.layout.view
    var plan = Plan(batchSize: batchSize, config: config)
    plan.launches = [
      launcher.launch(
        WholeStepLaunch.Images(
          input: input, layout: pixels.layout,
          view: PixelView(first: view.first + first, plane: view.plane, line: view.line, step: view.step),
          loss: loss),
        program, batchSize: batchSize, flops: flops, bytes: bytes)
    ]
    plan.buffers = buffers.filter { id, _ in if case .parameter = id { true } else { false } }
    plan.buffers[.state] = StepState.byteCount
    plan.buffers[.wholeStep(.activations)] = program.rows * batchStride * 4
    plan.buffers[.wholeStep(.losses)] = launcher.lossParts * 8
    plan.buffers[.wholeStep(.meetings)] = 16
    plan.buffers[.wholeStep(.program)] = program.words.count * 4
    plan.tables[.wholeStep(.program)] = program.words.map { UInt32(bitPattern: $0) }
    plan.slotRows = program.places
    return plan
  }
}

extension [BlockStep] {
  /// The loss of a training step.
  fileprivate var loss: SoftmaxCrossEntropy? {
    lazy.compactMap { if case .backward(.loss(let loss, of: _, gradient: _)) = $0 { loss } else { nil } }
      .first
  }
}
