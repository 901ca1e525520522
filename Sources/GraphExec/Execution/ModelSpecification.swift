/// How a layer's weights are held and multiplied.
public enum LayerFormat: Sendable, Equatable {
  /// Every entry; nothing is pruned, or compaction has removed what was.
  case dense
  /// Every entry, pruned ones zero and guarded by a mask.
  case masked
  /// Surviving entries only, in CSR.
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
  /// Sizes and output ReLU.
  public var network: Network
  /// Images per step.
  public var batchSize: Int
  /// The update rule.
  public var optimizer: AdamOptimizer
  /// A format per weight matrix.
  public var formats: [LayerFormat]
  /// Whether operations are fused into the matmuls' stores. The unfused plan is there to be compared with.
  public var fused: Bool
  /// Whether the model is trained, pruned and read back. An inference model holds its weights and what the
  /// forward pass needs: no moments, no masks, nothing for the backward pass.
  public var trains: Bool

  /// Creates a specification with the same format, masked or dense, for all layers.
  public init(
    network: Network, batchSize: Int, optimizer: AdamOptimizer = AdamOptimizer(), masked: Bool,
    fused: Bool = true
  ) {
    self.init(
      network: network, batchSize: batchSize, optimizer: optimizer,
      formats: [LayerFormat](repeating: masked ? .masked : .dense, count: network.depth))
    self.fused = fused
  }

  /// Creates a specification with a format per layer.
  public init(
    network: Network, batchSize: Int, optimizer: AdamOptimizer = AdamOptimizer(), formats: [LayerFormat]
  ) {
    precondition(formats.count == network.depth, "a format per weight matrix")
    self.network = network
    self.batchSize = batchSize
    self.optimizer = optimizer
    self.formats = formats
    fused = true
    trains = true
  }

  /// The layers whose updates pass a mask.
  public var maskedLayers: Set<Int> { Set(formats.indices.filter { formats[$0] == .masked }) }

  /// The CSR structure of a sparse layer; nil for the others.
  public func pattern(_ layer: Int) -> SparsePattern? {
    if case .sparse(let pattern) = formats[layer] { return pattern }
    return nil
  }
}
