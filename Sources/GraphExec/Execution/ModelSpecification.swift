/// How a parameter is held and multiplied.
public enum LayerFormat: Sendable, Equatable {
  /// Every entry; nothing is pruned, or compaction has removed what was.
  case dense
  /// Every entry, pruned ones zero and guarded by a mask.
  case masked
  /// Surviving entries only, in CSR; for weights.
  case sparse(SparsePattern)

  /// The word that configs and tables use.
  public var name: String {
    switch self {
    case .dense: "dense"
    case .masked: "masked"
    case .sparse: "sparse"
    }
  }
}

/// All that a backend needs to know to build a model.
public struct ModelSpecification: Sendable, Equatable {
  /// The layers.
  public var network: Network
  /// Images per step.
  public var batchSize: Int
  /// How its parameters are updated.
  public var updates: UpdateRule
  /// How many epochs the training has in all, which its schedule may depend on.
  public var epochs = 1
  /// What is minimized.
  public var loss = SoftmaxCrossEntropy()
  /// A format per parameter.
  public var formats: [LayerFormat]
  /// How many rows of its result the kernel of a pass over a sparse weight takes together, where it is more than one: no more
  /// than `SparsePattern.blocks` allows. A model on an OpenCL device chooses by measuring; results are the same bits.
  package var together: [ParameterID: [MatmulPass: Int]] = [:]
  /// Whether operations are fused into the products' stores. The unfused plan is there to be compared with.
  public var fused: Bool
  /// What a training step makes of its images.
  public var augmentation = Augmentation.none
  /// How candidates of pruning are ranked.
  public var ranking = Ranking()
  /// How entries come back to sparse weights, where their topology changes; nil where none comes back. Where it is by
  /// gradients, these are needed.
  public var regrowth: Regrowth?
  /// What is pruned of sparse weights while the model trains, which lose entries so; nil where none is.
  public var prunes: PruningUnit?
  /// What updates the parameters: the optimizer of `updates`, which adds up movement where pruning ranks by it.
  public var optimizer: any Optimizer {
    var own = updates.optimizer
    own.tracksMovement = own.tracksMovement || ranking.criterion.needsMovement
    return own
  }
  /// Whether sparse weights have the same entries all the time.
  var keepsEntries: Bool { regrowth == nil && prunes == nil }
  /// What is drawn during training, as dropout's masks, depends on it.
  public var seed: UInt64 = 0
  /// Whether gradients will be asked of the model. If so, what computes them is built with it, and else when they are.
  public var needsGradients = false
  /// Whether the model is trained, pruned and read back. An inference model holds its parameters and what the
  /// forward pass needs: no moments, no masks, nothing for the backward pass.
  public var trains: Bool

  /// Creates a specification with the same format, masked or dense, for all parameters.
  public init(
    network: Network, batchSize: Int, updates: UpdateRule = UpdateRule(), masked: Bool,
    fused: Bool = true
  ) {
    self.init(
      network: network, batchSize: batchSize, updates: updates,
      formats: [LayerFormat](repeating: masked ? .masked : .dense, count: network.parameters.count))
    self.fused = fused
  }

  /// Creates a specification with a format per parameter.
  public init(
    network: Network, batchSize: Int, updates: UpdateRule = UpdateRule(), formats: [LayerFormat]
  ) {
    precondition(formats.count == network.parameters.count, "a format per parameter")
    self.network = network
    self.batchSize = batchSize
    self.updates = updates
    self.formats = formats
    fused = true
    trains = true
  }

  /// The arrays of floats that a model holds of a parameter: its values and, where it is trained, the optimizer's slots.
  package var floatParts: [ParameterPart] { [.value] + (trains ? optimizer.slotParts : []) }

  /// The parameters whose updates pass a mask.
  public var masked: Set<ParameterID> {
    Set(formats.indices.filter { formats[$0] == .masked }.map { ParameterID($0) })
  }

  /// The format of a parameter.
  public func format(_ parameter: ParameterID) -> LayerFormat { formats[parameter.index] }

  /// The CSR structure of a sparse weight; nil for others.
  public func pattern(_ parameter: ParameterID) -> SparsePattern? {
    if case .sparse(let pattern) = formats[parameter.index] { return pattern }
    return nil
  }

  /// The blocks in which kernels take the entries of a sparse weight, in some of the passes; nil where each by itself.
  package func takenBlocks(of weight: ParameterID) -> SparseBlocks? {
    guard let passes = together[weight], !passes.isEmpty else { return nil }
    return SparseBlocks(
      inputs: passes[.inputGradient] ?? 1,
      outputs: max(passes[.forward] ?? 1, passes[.weightGradient] ?? 1))
  }

  /// Bytes of a part of a parameter on an OpenCL device.
  func bytes(of parameter: ParameterID, _ part: ParameterPart) -> Int {
    guard part != .gradient, let pattern = pattern(parameter) else {
      let shape = network[parameter]
      return shape.rows * leadingDimension(shape.columns) * (part == .mask ? 1 : 4)
    }
    let numbers =
      switch part {
      case .columnStarts: pattern.columns + 1
      case .rowStarts: pattern.rows + 1
      case .rowEntries: 2 * pattern.count
      case .value, .slot, .mask, .gradient, .rowIndices: pattern.count
      }
    return max(numbers, 1) * 4
  }
}

extension ForwardPass {
  /// One training step of a model: its images, its masks, and its loss.
  ///
  /// - Throws: `GraphError` for an operation that has no derivative, and for images that cannot be augmented.
  public func training(_ specification: ModelSpecification) throws(GraphError) -> Graph {
    try augmented(specification.augmentation)
      .training(masked: specification.masked, loss: specification.loss)
  }

  /// The gradients of a model's loss, on images as its training step makes them.
  ///
  /// - Parameters:
  ///   - specification: the model's.
  ///   - isAdded: whether they are added to those that are there.
  /// - Throws: `GraphError`, likewise.
  public func gradients(_ specification: ModelSpecification, isAdded: Bool) throws(GraphError) -> Graph {
    try augmented(specification.augmentation).gradients(isAdded: isAdded, loss: specification.loss)
  }
}
