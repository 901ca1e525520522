import Backends
import Configs
import GraphExec
import Pruning
import StudyFiles

/// The form that a study's network takes once it is pruned, and what a step in it should cost on this device.
package struct FormatPlan: Sendable {
  /// A weight matrix.
  package struct Layer: Sendable {
    /// Its layer, for people.
    package let label: String
    /// Inputs and outputs, in the config's network and in the form that runs.
    package let original: (inputs: Int, outputs: Int)
    package let shape: (inputs: Int, outputs: Int)
    /// Share of the entries in `shape` that survive.
    package let density: Double
    /// The form in words, as in `compacted+sparse`, and the blocks in which entries are taken together.
    package let format: String
    /// Seconds of the layer's matmuls in a training step; nil where that was not measured.
    package let seconds: Double?
    /// The same for the dense layer in its original shape.
    package let denseSeconds: Double?
  }

  package let layers: [Layer]
  /// The network that pruning leaves.
  package let network: Network

  /// Prunes the config's initial weights on the device, and chooses as training does. For a criterion that goes by gradients or movement the
  /// magnitudes stand in: no data is read.
  ///
  /// - Parameter anew: measures what formats cost even where that is known.
  /// - Throws: errors of the device.
  package init(_ config: StudyConfig, run: RunName, backend: any Backend, anew: Bool = false) throws {
    let network = config.network
    var specification = config.specification(masked: true, seed: run.seed)
    let criterion = specification.ranking.criterion
    if criterion.needsGradients || criterion.needsMovement { specification.ranking.criterion = Magnitude() }
    let model = try backend.makeModel(specification)
    try model.load(config.initialState(seed: run.seed))
    let policy = config.policy(run, stepsPerEpoch: 1)
    try model.enqueue(policy.events(sparsity: run.sparsity, of: network))
    let state = try model.state()
    let batch = config.training.batchSize
    let store = CostStore(backend, batchSize: batch)
    let blocks = SparseBlocks(config.pruning.unit(of: run.strategy))
    let costs = try store?.costs(of: network, blocks: [blocks], anew: anew)
    let stride = store?.stride ?? batch
    let isDynamic = config.pruning.schedule.isDynamic
    let compaction =
      config.execution.format == .dense || isDynamic
      ? Compaction(keepingAll: network) : Compaction(network: network, masks: state.masks)
    let (compacted, masks) = (compaction.compacted, compaction.compact(state).masks)
    self.network = compacted
    let formats =
      isDynamic
      ? DynamicTopology(masks: masks, network: network, executesSparse: backend.executesSparse).formats
      : FormatChoice(
        config.execution.format, costs: config.execution.format == .dense ? nil : costs
      ).formats(of: compacted, original: network, masks: masks)
    var small = ModelSpecification(
      network: compacted, batchSize: batch, updates: config.training.updates, formats: formats)
    let names = small.formatNames(original: network)
    if network.weights.contains(where: { small.pattern($0).map { $0.blocks != .entries } ?? false }) {
      small = try backend.makeModel(small).specification
    }
    layers = zip(network.weights, names).map { weight, name in
      let whole = (inputs: network[weight].rows, outputs: network[weight].columns)
      let shape = (inputs: compacted[weight].rows, outputs: compacted[weight].columns)
      let mask = masks[weight.index]
      let density = Double(mask.count { $0 != 0 }) / Double(mask.count)
      func seconds(_ shape: (inputs: Int, outputs: Int), _ density: Double?) -> Double? {
        // A weight is multiplied once for each pixel of its layer's output.
        let blocks = density.flatMap { _ in small.pattern(weight)?.blocks } ?? .entries
        return costs?.costs(of: weight, in: network, blocks: blocks)?.seconds(
          inputs: shape.inputs, outputs: shape.outputs,
          stride: stride * network.shapes[network.layer(of: weight)].pixels, density: density,
          needsInputGradient: network.needsInputGradient(weight))
      }
      let isSparse = formats[weight.index].name == "sparse"
      return Layer(
        label: network[weight].label, original: whole, shape: shape, density: density,
        format: name + (small.takenBlocks(of: weight).map { ", blocks of \($0)" } ?? ""),
        seconds: seconds(shape, isSparse ? density : nil), denseSeconds: seconds(whole, nil))
    }
  }
}
