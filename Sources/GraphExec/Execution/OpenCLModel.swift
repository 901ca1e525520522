import Device

/// A network on an OpenCL device: its buffers, its command queue, and kernels bound to both.
final class OpenCLModel: Model, @unchecked Sendable {
  // @unchecked: one thread at a time uses a model (see `Model`); `progress` locks what others may ask.
  private(set) var specification: ModelSpecification
  let forward: ForwardPass
  let config: KernelConfig
  let layouts: TensorLayouts
  let context: ComputeContext
  let queue: CommandQueue
  var buffers: [BufferID: DeviceBuffer] = [:]
  /// The structure of each sparse weight.
  private(set) var structures: [ParameterID: SparseStructure] = [:]
  /// The sparse weights whose entries were changed on the device since their structure was read.
  var changedTopologies: Set<ParameterID> = []
  /// Those of them whose tables on the device are of the structure before.
  var staleTables: Set<ParameterID> = []
  private let progress = QueueProgress()
  private(set) var parameterBytes = 0
  /// Optimizer steps enqueued since training started.
  var step = 0
  var training: BoundPlan?
  var evaluation: BoundPlan?
  /// What computes gradients: of the first batch, and of those whose gradients are added.
  var gradientPlans: [BoundPlan] = []
  /// What computes gradients of the flow, at a scale.
  var flow: (scale: Float, plan: BoundPlan)?
  /// How a forward pass is run: blocks of images through all layers; nil for layer by layer.
  var blocks: BlockForm?
  /// What a forward pass of a batch took in each form that was tried: in blocks, or layer by layer (nil).
  var forwardTimes: [(way: BlockForm?, time: Duration)] = []
  /// How a training step is run; nil for layer by layer.
  var stepForm: StepForm?
  /// What a step took in each form that was tried.
  var stepTimes: [(way: StepForm?, time: Duration)] = []
  /// What packs the parameters for blocks, and whether it has been run since they changed.
  var packing: [BoundKernel]?
  var isPacked = false
  /// Whether a step in blocks has changed sparse weights since: it packs them when it begins.
  var hasStaleEntries = false

  init(
    _ specification: ModelSpecification, forward: ForwardPass, config: KernelConfig, forms: ForwardForms,
    choices: (forward: FormChoices<BlockForm>, step: FormChoices<StepForm>), sparse: SparseChoices,
    in context: ComputeContext
  ) throws {
    self.specification = specification
    self.forward = forward
    self.config = config
    let whole =
      specification.trains ? try forward.training(specification) : forward.evaluation
    layouts = try TensorLayouts(whole)
    self.context = context
    queue = try CommandQueue(context)
    for parameter in parameters { try reserve(parameter) }
    try warmUp(forms, choices.forward, choices.step, sparse)
  }

  /// Builds and runs every kernel once on a data set of one black image, and forgets what came of it.
  ///
  /// What cannot compile, or does not fit, fails here and not in an epoch; and drivers that compile at a kernel's first
  /// launch are done with it.
  private func warmUp(
    _ forms: ForwardForms, _ forwardChoices: FormChoices<BlockForm>, _ stepChoices: FormChoices<StepForm>,
    _ sparse: SparseChoices
  ) throws {
    try Compilation.exclusively {
      specification.together = try sparse.choices(for: specification, forward, config: config, in: context)
      let size = specification.network.inputs
      let image = HostImages(features: .bytes([UInt8](repeating: 0, count: size)), labels: [0], size: size)
      let set = try OpenCLSet(image, in: context)
      try chooseBlocks(forms, forwardChoices)
      _ = try evaluate(on: set)
      if specification.trains {
        try chooseTraining(forms, stepChoices)
        _ = try trainEpoch(on: set, order: [0])
        for unit in [PruningUnit.weight, .neuron] {
          let prunable = specification.prunable(unit)
          let together = specification.ranking.isGlobal ? prunable : Array(prunable.prefix(1))
          if !together.isEmpty { try enqueuePruning(PruningEvent(together, unit: unit, count: 0)) }
        }
        _ = try counts()
        if specification.needsGradients {
          // Of two batches, since the second one's are added.
          let images = [Int32](repeating: 0, count: specification.batchSize + 1)
          try enqueueGradients(on: set, images: images)
          _ = try gradients()
        }
        try warmUpTopology()
      }
      parameterBytes = try layeredBytes(set.input)
      let used = ([training, evaluation] + gradientPlans).flatMap {
        $0.map { Array($0.plan.buffers.keys) } ?? []
      }
      (training, evaluation, gradientPlans) = (nil, nil, [])
      try forgetWarmUp()
      try keepBuffers(Set(used))
    }
  }

  /// The network's parameters, in their order.
  var parameters: [ParameterID] { specification.network.parameters.indices.map { ParameterID($0) } }

  /// Reserves a parameter's arrays, and its mask. Of its structure plans name what their launches read.
  func reserve(_ parameter: ParameterID) throws {
    try reserve(parameter, specification.floatParts)
    if let pattern = specification.pattern(parameter) {
      structures[parameter] = SparseStructure(pattern)
    } else if specification.trains, specification.format(parameter) == .masked || !specification.fused {
      try reserve(parameter, [.mask])
    }
  }

  /// Takes over the entries that a sparse weight has on the device.
  func setPattern(_ pattern: SparsePattern, of weight: ParameterID) {
    specification.formats[weight.index] = .sparse(pattern)
    structures[weight] = SparseStructure(pattern)
  }

  func reserve(_ parameter: ParameterID, _ parts: [ParameterPart]) throws {
    for part in parts {
      try reserve([.parameter(parameter, part): specification.bytes(of: parameter, part)])
    }
  }

  /// Bytes of parameters and structure, each in the form of its layer by itself: the same number whatever form was measured to be
  /// faster, which may be another in the next process.
  private func layeredBytes(_ input: Plan.Input) throws -> Int {
    var bytes = buffers.mapValues(\.byteCount)
    // What runs layer by layer has its buffers already.
    for pass in (blocks == nil ? [] : [Pass.evaluation]) + (stepForm == nil ? [] : [.training]) {
      bytes.merge(try plan(input, pass).buffers) { held, _ in held }
    }
    return bytes.reduce(0) { sum, entry in
      switch entry.key {
      case .parameter(_, .gradient), .table(_, .offsets): sum
      case .parameter: sum + entry.value
      // A sparse convolution's structure.
      case .table(let parameter, _) where structures[parameter] != nil: sum + entry.value
      default: sum
      }
    }
  }

  // MARK: training

  func beginEpoch(on set: any ResidentSet, order: [Int32]) throws {
    guard let set = set as? OpenCLSet else { preconditionFailure("a data set of another backend") }
    precondition(order.count == set.count, "the order must name every image once")
    precondition(specification.trains, "an inference model is not trained")
    if training?.set !== set { training = try bind(set, .training) }
    guard let training, let orderBuffer = buffers[.order] else { return }
    try queue.write(order, to: orderBuffer)
    try queue.enqueue(training.beginEpoch)
    progress.reset(launches: training.kernels.count, on: context.device)
  }

  func enqueueStep() throws { try enqueueStep { $0.kernels[...] } }

  func skipStep() throws {
    precondition(stepForm == nil, "a step that is not run layer by layer is not skipped")
    try enqueueStep { $0.kernels.prefix(1) }
  }

  /// Enqueues kernels of a step, of which the first one moves to the batch.
  private func enqueueStep(_ kernels: (BoundPlan) -> ArraySlice<BoundKernel>) throws {
    guard let training else { preconditionFailure("a step before beginEpoch") }
    try renewTables()
    if stepForm?.blocks != nil { try pack() }
    try training.set(
      learningRate: specification.updates.learningRate(
        step: step, stepsPerEpoch: steps(forImages: training.set.count), epochs: specification.epochs))
    for kernel in kernels(training) { try queue.enqueue(kernel) }
    // A step in blocks packs what it updates.
    isPacked = stepForm?.blocks != nil
    hasStaleEntries = isPacked && !structures.isEmpty
    step += 1
    try progress.advance(on: queue)
  }

  func epochTotals() throws -> EpochTotals {
    guard let state = buffers[.state] else { preconditionFailure("a plan without a state") }
    // A GPU's driver may wait inside the read, in a way of its own, for all that comes before it.
    if context.device.isWaitedForAsleep { try queue.finish() }
    let totals = StepState(words: try queue.read(UInt32.self, from: state, count: StepState.wordCount)).totals
    progress.complete()
    return totals
  }

  var completedSteps: Int { progress.completedSteps }
}
