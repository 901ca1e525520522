import GraphExec
import Pruning

/// A model as a file holds it: the original network, the units that are left of it, and a matrix between each two of
/// its layers of left units, dense or sparse.
///
/// A `model.safetensors` of a run is the plainest case: all units, dense matrices. `compressed()` gives the smallest.
package struct StoredModel: Sendable {
  /// The original network and the units that are left.
  package let compaction: Compaction
  /// A weight matrix for each two neighbouring layers of kept units.
  package let layers: [StoredLayer]
  /// What else the file says in its metadata.
  package let metadata: [String: String]

  /// The original network.
  package var original: Network { compaction.network }
  /// The network of the units that are left, which is what runs.
  package var network: Network { compaction.compacted }
  /// Surviving entries.
  package var survivors: Int { layers.reduce(0) { $0 + $1.survivors } }
  /// Bytes of the matrices that inference reads on a device.
  package var deviceBytes: Int { layers.reduce(0) { $0 + $1.deviceBytes } }

  package init(compaction: Compaction, layers: [StoredLayer], metadata: [String: String] = [:]) {
    precondition(layers.count == compaction.network.depth, "a network needs a matrix per layer")
    self.compaction = compaction
    self.layers = layers
    self.metadata = metadata
  }

  /// A model of all units with dense matrices: a state's weights, and what its masks keep.
  package init(_ state: ModelState, of network: Network, metadata: [String: String] = [:]) {
    self.init(
      compaction: Compaction(network: network, kept: network.layers.map { Array(0..<$0) }),
      layers: zip(state.weights, state.masks).map { StoredLayer.dense($0, mask: $1) }, metadata: metadata)
  }

  /// What was done to the model before it was stored.
  package var form: String {
    let isSparse = layers.contains { if case .sparse = $0 { true } else { false } }
    if isSparse { return compaction.isIdentity ? "sparse" : "compacted and sparse" }
    if !compaction.isIdentity { return "compacted" }
    return survivors < original.parameterCount ? "masked" : "dense"
  }

  /// The state of `network`: weights and masks as they are stored, moments of zero.
  package var state: ModelState {
    var state = ModelState(initialWeights: layers.map(\.matrix))
    state.masks = layers.map(\.mask)
    return state
  }
}

extension StoredModel {
  /// The same function with all units and dense matrices.
  ///
  /// Entries of removed units are 0 and pruned; whatever they were, no output depended on them.
  package func uncompressed() -> StoredModel {
    var nothing = ModelState(
      initialWeights: (0..<original.depth).map { layer in
        let (inputs, outputs) = original.shape(of: layer)
        return Matrix(rows: inputs, columns: outputs)
      })
    nothing.masks = nothing.weights.map { [UInt8](repeating: 0, count: $0.values.count) }
    return StoredModel(compaction.expand(state, into: nothing), of: original, metadata: metadata)
  }

  /// The same function in fewer bytes: without its dead units, and each matrix dense or sparse, whatever is smaller.
  package func compressed() -> StoredModel {
    let masks = layers.map(\.mask)
    let inner = Compaction(network: network, masks: masks)
    let state = inner.compact(state)
    // The model may have lost units before: those kept now are counted in what was kept then.
    let kept = zip(compaction.kept, inner.kept).map { outer, inner in inner.map { outer[$0] } }
    return StoredModel(
      compaction: Compaction(network: original, kept: kept),
      layers: zip(state.weights, state.masks).map { StoredLayer(smallestOf: $0, mask: $1) },
      metadata: metadata)
  }
}
