import Files
import GraphExec
import StudyFiles

/// The end of a finished run, from which it can be trained for more epochs: `optimizer.safetensors` holds what
/// `model.safetensors` and `metrics.csv` do not tell.
///
/// Of the slots only the entries of surviving weights are kept, the others being without effect: so the file has a share of
/// the checkpoint's size, and nothing measured is in it.
extension RunCheckpoint {
  /// The content of `optimizer.safetensors`.
  ///
  /// - Parameter slots: the names of the optimizer's slots.
  func optimizerFile(of network: Network, slots: [String]) -> SafetensorsFile {
    var file = SafetensorsFile(metadata: [
      "epochs": String(history.rows.count), "events_length": String(eventsLength), "step": String(state.step),
    ])
    for (parameter, own) in zip(network.parameters, state.parameters) {
      file.tensors["\(parameter.name).mask.bits"] = StoredTensor(Self.bits(own.mask))
      for (slot, matrix) in zip(slots, own.slots) {
        file.tensors["\(parameter.name).\(slot)"] = StoredTensor(
          zip(own.mask, matrix.values).compactMap { $0 != 0 ? $1 : nil })
      }
    }
    history.storeSums(in: &file)
    return file
  }

  /// Reads the end of a finished run; nil where one of its files is missing.
  ///
  /// - Parameter slots: the names of the optimizer's slots.
  /// - Throws: `FileError`; `FileFormatError` when they do not fit each other, the network or the optimizer.
  init?(finished folder: RunFolder, network: Network, slots: [String]) throws {
    guard [folder.optimizer, folder.model, folder.metrics].allSatisfy(FileSystem.exists) else { return nil }
    let file = try SafetensorsFile.read(folder.optimizer)
    func number(_ key: String) throws -> Int {
      guard let value = file.metadata[key].flatMap(Int.init), value >= 0 else {
        throw FileFormatError(file.path, "has no number \(key)")
      }
      return value
    }
    let rows = try MetricsRow.read(folder.metrics)
    let epochs = try number("epochs")
    guard rows.count >= epochs else {
      throw FileFormatError(folder.metrics, "has \(rows.count) epochs, but the run was trained for \(epochs)")
    }
    let values = try ModelState.readValues(folder.model, network: network)
    state = ModelState(
      parameters: try zip(network.parameters, values).map { parameter, value in
        let mask = Self.mask(
          try file.values("\(parameter.name).mask.bits", shape: [(parameter.count + 7) / 8]),
          count: parameter.count)
        let slots = try slots.map { slot in
          let kept: [Float] = try file.values(
            "\(parameter.name).\(slot)", shape: [mask.count { $0 != 0 }])
          var next = kept.makeIterator()
          return Matrix(
            rows: parameter.rows, columns: parameter.columns,
            values: mask.map { $0 != 0 ? next.next() ?? 0 : 0 })
        }
        return ParameterState(value, slots: slots, mask: mask)
      }, step: try number("step"))
    history = try RunHistory(Array(rows.prefix(epochs)), sumsFrom: file)
    eventsLength = UInt64(try number("events_length"))
  }

  /// A mask with eight entries to a byte, the first in the lowest bit.
  private static func bits(_ mask: [UInt8]) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: (mask.count + 7) / 8)
    for (index, entry) in mask.enumerated() where entry != 0 { bytes[index >> 3] |= 1 << (index & 7) }
    return bytes
  }

  private static func mask(_ bytes: [UInt8], count: Int) -> [UInt8] {
    (0..<count).map { bytes[$0 >> 3] >> ($0 & 7) & 1 }
  }
}
