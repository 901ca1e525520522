import GraphExec
import Pruning

/// A model as a file holds it: the original network, the units that are left of it, and the parameters of the network that
/// these make, dense or sparse.
///
/// A `model.safetensors` of a run is the plainest case: all units, dense matrices. `compressed()` gives the smallest.
package struct StoredModel: Sendable {
  /// The original network and the units that are left.
  package let compaction: Compaction
  /// The parameters of the network of the kept units.
  package let parameters: [StoredParameter]
  /// What else the file says in its metadata.
  package let metadata: [String: String]

  /// The original network.
  package var original: Network { compaction.network }
  /// The network of the units that are left, which is what runs.
  package let network: Network
  /// Surviving entries.
  package var survivors: Int { parameters.reduce(0) { $0 + $1.survivors } }
  /// Bytes of the matrices that inference reads on a device.
  package var deviceBytes: Int { parameters.reduce(0) { $0 + $1.deviceBytes } }

  package init(compaction: Compaction, parameters: [StoredParameter], metadata: [String: String] = [:]) {
    network = compaction.compacted
    precondition(parameters.count == network.parameters.count, "a network needs all its parameters")
    self.compaction = compaction
    self.parameters = parameters
    self.metadata = metadata
  }

  /// A model of all units with dense matrices: a state's weights, and what its masks keep.
  package init(_ state: ModelState, of network: Network, metadata: [String: String] = [:]) {
    self.init(
      compaction: Compaction(keepingAll: network),
      parameters: state.parameters.map { StoredParameter.dense($0.value, mask: $0.mask) },
      metadata: metadata)
  }

  /// What was done to the model before it was stored.
  package var form: String {
    let isSparse = parameters.contains { if case .sparse = $0 { true } else { false } }
    if isSparse { return compaction.isIdentity ? "sparse" : "compacted and sparse" }
    if !compaction.isIdentity { return "compacted" }
    return survivors < original.parameterCount ? "masked" : "dense"
  }

  /// The state of `network`: weights and masks as they are stored, moments of zero.
  package var state: ModelState {
    var state = ModelState(initialValues: parameters.map(\.matrix))
    for (index, stored) in parameters.enumerated() { state.parameters[index].mask = stored.mask }
    return state
  }
}

extension StoredModel {
  /// The same function with all units and dense matrices.
  ///
  /// Entries of removed units are 0 and pruned; whatever they were, no output depended on them.
  package func uncompressed() -> StoredModel {
    var nothing = ModelState(
      initialValues: original.parameters.map { Matrix(rows: $0.rows, columns: $0.columns) })
    for (index, parameter) in original.parameters.enumerated() {
      nothing.parameters[index].mask = [UInt8](repeating: 0, count: parameter.count)
    }
    return StoredModel(compaction.expand(state, into: nothing), of: original, metadata: metadata)
  }

  /// The same function in fewer bytes: without its dead units, and each matrix dense or sparse, whatever is smaller.
  package func compressed() -> StoredModel {
    let masks = parameters.map(\.mask)
    let inner = Compaction(network: network, masks: masks)
    let state = inner.compact(state)
    // The model may have lost units before: those kept now are counted in what was kept then.
    let kept = zip(compaction.kept, inner.kept).map { outer, inner in inner.map { outer[$0] } }
    return StoredModel(
      compaction: Compaction(network: original, kept: kept),
      parameters: zip(network.parameters, state.parameters).map { parameter, own in
        parameter.isWeight
          ? StoredParameter(smallestOf: own.value, mask: own.mask) : .dense(own.value, mask: own.mask)
      },
      metadata: metadata)
  }
}
