import Backends
import Configs
import GraphExec
import Pruning

/// The network that is measured, and what pruning has left of it.
package struct BenchNetwork: Sendable {
  /// The network before it is pruned.
  package var subject: BenchSubject
  /// What is pruned; nil for a dense network.
  package var pruning: (unit: PruningUnit, sparsity: Double)?
  /// The form of a pruned network, as in a config.
  package var format: ExecutionConfig.Format
  /// Whether the networks have been trained until their loss is under this and their moments have decayed; nil for fresh
  /// ones. Where a network fits its data, gradients and moments decay, which must cost nothing.
  package var fittedTo: Double?
  /// Whether the networks are trained; others are inference models.
  package var trains = true
  /// Images of a batch, where it is not the network's.
  package var batchSize: Int?

  /// How entries of a weight that was pruned are replaced while it trains; nil where none is.
  package var regrowth: Regrowth?

  /// Creates the choice.
  package init(
    _ subject: BenchSubject = .challenge, pruning: (unit: PruningUnit, sparsity: Double)? = nil,
    format: ExecutionConfig.Format = .auto
  ) {
    self.subject = subject
    self.pruning = pruning
    self.format = format
  }

  /// Second moments that forget soon let the loss fall a hundred times sooner; a step takes as long with any.
  private var updates: UpdateRule { UpdateRule(fittedTo == nil ? subject.optimizer : Adam(beta2: 0.9)) }
  private var network: Network { subject.network }
  var batch: Int { batchSize ?? subject.batch }

  /// A model with He-initialised weights and every kernel built.
  ///
  /// - Throws: `ConfigError` for a form that the backend does not have; errors of the device.
  func model(_ backend: any Backend) throws -> any Model {
    try BackendChoice.check(option: format, on: backend)
    var specification = ModelSpecification(
      network: network, batchSize: batch, updates: updates, masked: pruning != nil)
    // What is pruned here is pruned on the device, which only a model that trains can do.
    specification.trains = trains || pruning != nil
    return try backend.makeModel(specification)
  }

  /// Loads weights, prunes, and changes to the form in which the pruned network runs, as a study does.
  func prepare(_ model: any Model, on backend: any Backend, seed: UInt64) throws -> any Model {
    try model.load(
      ModelState(initialValues: WeightInitializer.heNormal.values(of: network, seed: seed)))
    guard let pruning else { return model }
    let policy = PruningPolicy(unit: pruning.unit, schedule: .constant(pruning.sparsity))
    try model.enqueue(policy.events(beforeStep: 0, of: network))
    if format == .dense && trains { return model }
    let state = try model.state()
    if let regrowth {
      let topology = DynamicTopology(
        masks: state.masks, network: network, executesSparse: backend.executesSparse)
      return try loaded(model.specification.regrowing(regrowth, topology), state, on: backend)
    }
    if format == .dense {
      return try loaded(
        ModelSpecification(network: network, batchSize: batch, updates: updates, masked: false), state,
        on: backend)
    }
    let compaction = Compaction(network: network, masks: state.masks)
    let small = compaction.compact(state)
    let costs = try CostStore(backend, batchSize: batch)?.costs(
      of: network, blocks: [SparseBlocks(pruning.unit)])
    let formats = FormatChoice(format, costs: costs, trains: trains)
      .formats(of: compaction.compacted, original: network, masks: small.masks)
    return try loaded(
      ModelSpecification(
        network: compaction.compacted, batchSize: batch, updates: updates, formats: formats), small,
      on: backend)
  }

  /// A model with this state, for training or inference as the others are.
  private func loaded(_ specification: ModelSpecification, _ state: ModelState, on backend: any Backend)
    throws
    -> any Model
  {
    var specification = specification
    specification.trains = trains
    let model = try backend.makeModel(specification)
    try model.load(state)
    return model
  }
}

extension Model {
  /// Useful floating-point operations of the matmuls of a full step: those on entries that are stored.
  var matmulFlopsPerStep: Double {
    let network = specification.network
    return network.weights.reduce(0) { total, weight in
      let products = network.needsInputGradient(weight) ? 3 : 2
      return total + Double(2 * macs(of: weight) * specification.batchSize * products)
    }
  }

  /// The same of a forward pass for one image.
  var matmulFlopsPerImage: Double {
    specification.network.weights.reduce(0) { $0 + Double(2 * macs(of: $1)) }
  }

  /// Multiply-adds of a weight's stored entries for one image.
  private func macs(of weight: ParameterID) -> Int {
    let network = specification.network
    let entries = specification.pattern(weight)?.count ?? network[weight].count
    return entries * network.shapes[network.layer(of: weight)].pixels
  }
}
