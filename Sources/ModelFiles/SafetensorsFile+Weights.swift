import Files
import GraphExec

extension SafetensorsFile {
  /// Stores a dense weight matrix and, where survivors are exactly 0, which they are: a pruned entry is 0, too.
  mutating func store(_ weight: Matrix, mask: [UInt8], layer: Int) {
    tensors[ModelFileKey.weight(layer)] = StoredTensor(weight.values, shape: [weight.rows, weight.columns])
    let zeros = weight.values.indices.filter { weight.values[$0] == 0 && mask[$0] != 0 }
    if !zeros.isEmpty {
      tensors[ModelFileKey.survivingZeros(layer)] = StoredTensor(zeros.map { Int32($0) })
    }
  }

  /// The mask of a dense weight matrix of this file, 1 for a surviving entry.
  ///
  /// - Throws: `FileFormatError` for a list of survivors that does not fit the matrix.
  func mask(of weight: Matrix, layer: Int) throws -> [UInt8] {
    var mask: [UInt8] = weight.values.map { $0 != 0 ? 1 : 0 }
    let name = ModelFileKey.survivingZeros(layer)
    guard let count = tensors[name]?.shape.first else { return mask }
    for place in try values(name, as: Int32.self, shape: [count]).map({ Int($0) }) {
      guard mask.indices.contains(place), mask[place] == 0 else {
        throw FileFormatError(
          path,
          "the tensor \(name) must list entries of the weight that are 0, each once; \(place) is not one")
      }
      mask[place] = 1
    }
    return mask
  }
}
