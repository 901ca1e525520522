import Files
import GraphExec

/// All that a run needs to go on after an epoch, as its checkpoint file holds it.
struct RunCheckpoint {
  var state: ModelState
  var history: RunHistory
  /// Length of the TensorBoard file when the checkpoint was taken.
  var eventsLength: UInt64

  /// The checkpoint of a network as a file.
  ///
  /// - Parameter slots: the names of the optimizer's slots.
  func file(of network: Network, slots: [String]) -> SafetensorsFile {
    var file = SafetensorsFile(metadata: ["events_length": String(eventsLength), "step": String(state.step)])
    for (parameter, own) in zip(network.parameters, state.parameters) {
      let shape = parameter.shape.dimensions
      file.tensors[parameter.name] = StoredTensor(own.value.values, shape: shape)
      for (slot, matrix) in zip(slots, own.slots) {
        file.tensors["\(parameter.name).\(slot)"] = StoredTensor(matrix.values, shape: shape)
      }
      file.tensors["\(parameter.name).mask"] = StoredTensor(own.mask, shape: shape)
    }
    history.store(in: &file)
    return file
  }
}

extension RunCheckpoint {
  /// Reads a checkpoint of a network.
  ///
  /// - Parameter slots: the names of the optimizer's slots.
  /// - Throws: `FileFormatError` when it is of another network or optimizer.
  init(_ file: SafetensorsFile, network: Network, slots: [String]) throws {
    func number(_ key: String) throws -> UInt64 {
      guard let value = file.metadata[key].flatMap(UInt64.init) else {
        throw FileFormatError(file.path, "the checkpoint has no \(key)")
      }
      return value
    }
    state = ModelState(
      parameters: try network.parameters.map { parameter in
        ParameterState(
          try file.matrix(parameter.name, of: parameter),
          slots: try slots.map {
            try file.matrix("\(parameter.name).\($0)", of: parameter)
          }, mask: try file.values("\(parameter.name).mask", shape: parameter.shape.dimensions))
      }, step: Int(clamping: try number("step")))
    history = try RunHistory(from: file)
    eventsLength = try number("events_length")
  }
}
