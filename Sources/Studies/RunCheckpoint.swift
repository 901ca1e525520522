import Files
import GraphExec

/// All that a run needs to go on after an epoch, as its checkpoint file holds it.
struct RunCheckpoint {
  var state: ModelState
  var history: RunHistory
  /// Length of the TensorBoard file when the checkpoint was taken.
  var eventsLength: UInt64

  /// The checkpoint as a file.
  var file: SafetensorsFile {
    var file = SafetensorsFile(metadata: ["events_length": String(eventsLength), "step": String(state.step)])
    for layer in state.weights.indices {
      let shape = [state.weights[layer].rows, state.weights[layer].columns]
      file.tensors["layers.\(layer).weight"] = StoredTensor(state.weights[layer].values, shape: shape)
      file.tensors["layers.\(layer).first_moment"] = StoredTensor(
        state.firstMoments[layer].values, shape: shape)
      file.tensors["layers.\(layer).second_moment"] = StoredTensor(
        state.secondMoments[layer].values, shape: shape)
      file.tensors["layers.\(layer).mask"] = StoredTensor(state.masks[layer], shape: shape)
    }
    history.store(in: &file)
    return file
  }
}

extension RunCheckpoint {
  /// Reads a checkpoint of a network.
  ///
  /// - Throws: `FileFormatError` when it is of another network.
  init(_ file: SafetensorsFile, network: Network) throws {
    func number(_ key: String) throws -> UInt64 {
      guard let value = file.metadata[key].flatMap(UInt64.init) else {
        throw FileFormatError(file.path, "the checkpoint has no \(key)")
      }
      return value
    }
    func matrices(_ name: String) throws -> [Matrix] {
      try (0..<network.depth).map { layer in
        let (rows, columns) = network.shape(of: layer)
        return Matrix(
          rows: rows, columns: columns,
          values: try file.values("layers.\(layer).\(name)", shape: [rows, columns]))
      }
    }
    state = ModelState(
      weights: try matrices("weight"), firstMoments: try matrices("first_moment"),
      secondMoments: try matrices("second_moment"),
      masks: try (0..<network.depth).map { layer in
        let (rows, columns) = network.shape(of: layer)
        return try file.values("layers.\(layer).mask", shape: [rows, columns])
      }, step: Int(clamping: try number("step")))
    history = try RunHistory(from: file)
    eventsLength = try number("events_length")
  }
}
