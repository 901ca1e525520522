import Files
import GraphExec

extension SafetensorsFile {
  /// Stores a parameter with all its entries and, where survivors are exactly 0, which they are: a pruned entry is 0, too.
  mutating func store(_ value: Matrix, mask: [UInt8], as name: String, shape: [Int]) {
    tensors[name] = StoredTensor(value.values, shape: shape)
    let zeros = value.values.indices.filter { value.values[$0] == 0 && mask[$0] != 0 }
    if !zeros.isEmpty {
      tensors[ModelFileKey.survivingZeros(name)] = StoredTensor(zeros.map { Int32($0) })
    }
  }

  /// The values of a parameter.
  ///
  /// - Throws: `FileFormatError` where the file has none of this name and these extents.
  package func matrix(_ name: String, of parameter: Parameter) throws -> Matrix {
    Matrix(
      rows: parameter.rows, columns: parameter.columns,
      values: try values(name, shape: parameter.shape.dimensions))
  }

  /// The mask of a parameter that this file holds with all its entries, 1 for a surviving entry.
  ///
  /// - Throws: `FileFormatError` for a list of survivors that does not fit the matrix.
  func mask(of value: Matrix, name parameter: String) throws -> [UInt8] {
    var mask: [UInt8] = value.values.map { $0 != 0 ? 1 : 0 }
    let name = ModelFileKey.survivingZeros(parameter)
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
