import GraphExec

/// A pruned network whose sparse weights change their entries while it trains.
public struct DynamicTopology: Sendable {
  /// How each parameter is held: those that lack entries in CSR, where the backend executes that.
  public let formats: [LayerFormat]
  /// How many entries each weight has that lacks some.
  private let entries: [(weight: ParameterID, count: Int)]

  /// The topology of masks.
  public init(masks: [[UInt8]], network: Network, executesSparse: Bool) {
    entries = network.weights.map { ($0, masks[$0.index].count { $0 != 0 }) }
      .filter { $0.1 < network[$0.0].count }
    formats = zip(masks, network.parameters).map { mask, parameter in
      guard mask.contains(0) else { return .dense }
      guard executesSparse else { return .masked }
      return .sparse(SparsePattern(mask: mask, rows: parameter.rows, columns: parameter.columns))
    }
  }

  /// The changes by which each of these weights loses a share of its entries, `round(fraction n)` of n, and gets as many.
  public func events(replacing fraction: Double, beforeStep step: Int) -> [TopologyEvent] {
    entries.map {
      TopologyEvent($0.weight, count: PruneCount.count(sparsity: fraction, of: $0.count), step: step)
    }.filter { $0.count > 0 }
  }
}

extension ModelSpecification {
  /// The same for a model in which entries come back to the weights that lack some.
  public func regrowing(_ growth: Regrowth, _ topology: DynamicTopology) -> ModelSpecification {
    var specification = self
    specification.formats = topology.formats
    specification.regrowth = growth
    specification.needsGradients = growth == .gradient
    return specification
  }
}

extension Model {
  /// Enqueues changes of a topology that are due before a step, and says what is left to do with the step's batch.
  ///
  /// Where entries come by gradients, it has served by these: in RigL such a step updates nothing.
  ///
  /// - Parameters:
  ///   - events: the changes.
  ///   - set: the one that the model is trained on.
  ///   - images: the batch.
  public func enqueueTopology(_ events: [TopologyEvent], on set: any ResidentSet, images: [Int32]) throws
    -> StepKind
  {
    let isByGradient = specification.regrowth == .gradient
    if isByGradient { try enqueueGradients(on: set, images: images) }
    for event in events { try enqueueTopology(event) }
    return isByGradient ? .skip : .update
  }
}
