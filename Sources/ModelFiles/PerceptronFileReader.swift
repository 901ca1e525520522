import Configs
import Files
import GraphExec
import Pruning
import Text

/// Reads a model file of the short form, whose network follows from its matrices, with errors that name the part.
struct PerceptronFileReader {
  let file: SafetensorsFile

  /// The model: every number is checked before it is used.
  ///
  /// - Throws: `FileFormatError`.
  func model() throws -> StoredModel {
    let layers = try layers()
    let (widths, network) = try originalNetwork(stored: layers)
    return StoredModel(
      compaction: Compaction(network: network, kept: try keptUnits(of: widths, stored: layers)),
      parameters: layers,
      metadata: file.metadata.filter { $0.key != ModelFileKey.layers && !$0.key.hasSuffix(".weight.shape") })
  }

  private func invalid(_ problem: String) -> FileFormatError { FileFormatError(file.path, problem) }

  private func layerName(_ layer: Int) -> String { "layers.\(layer)" }
  private func weightName(_ layer: Int) -> String { "\(layerName(layer)).weight" }

  /// The matrices, each of a size that a network can have, fitting each other.
  private func layers() throws -> [StoredParameter] {
    let depth = (0...).first { !hasDense($0) && !hasSparse($0) } ?? 0
    guard depth > 0 else { throw invalid("not a model: it has no tensor \(weightName(0))") }
    guard depth < ModelConfig.maximumLayers else {
      throw invalid("has \(depth) weight matrices; at most \(ModelConfig.maximumLayers - 1) are allowed")
    }
    if let beyond = (depth...ModelConfig.maximumLayers).first(where: { hasDense($0) || hasSparse($0) }) {
      throw invalid("has a weight matrix of layer \(beyond), but none of layer \(depth)")
    }
    var layers: [StoredParameter] = []
    var weights = 0
    for index in 0..<depth {
      let layer = try layer(index, room: ModelConfig.maximumWeights - weights)
      if let last = layers.last, last.shape.columns != layer.shape.rows {
        throw invalid(
          "layer \(index) takes \(layer.shape.rows) inputs, but layer \(index - 1) gives \(last.shape.columns)"
        )
      }
      guard layer.isFinite else {
        throw invalid(
          "layer \(index) has weights that are not finite numbers; they are not those of a trained model")
      }
      weights += layer.shape.rows * layer.shape.columns
      layers.append(layer)
    }
    return layers
  }

  private func hasDense(_ layer: Int) -> Bool { file.tensors[weightName(layer)] != nil }
  private func hasSparse(_ layer: Int) -> Bool {
    [
      ModelFileKey.indptr(weightName(layer)), ModelFileKey.indices(weightName(layer)),
      ModelFileKey.values(weightName(layer)),
    ]
    .contains { file.tensors[$0] != nil }
  }

  private func layer(_ index: Int, room: Int) throws -> StoredParameter {
    guard hasSparse(index) else {
      let name = weightName(index)
      let shape = try checked(file.tensors[name]?.shape ?? [], of: "the tensor \(name)", room: room)
      let matrix = Matrix(rows: shape.rows, columns: shape.columns, values: try file.values(name))
      return .dense(matrix, mask: try file.mask(of: matrix, name: name))
    }
    guard !hasDense(index) else { throw invalid("layer \(index) is there twice, dense and sparse") }
    let key = ModelFileKey.shape(weightName(index))
    guard let numbers = try numbers(key) else { throw invalid("the metadata has no \(key)") }
    let shape = try checked(numbers, of: "the metadata's \(key)", room: room)
    do {
      return .sparse(
        try SparseMatrix(
          rows: shape.rows, columns: shape.columns,
          indptr: file.values(ModelFileKey.indptr(weightName(index))),
          indices: file.values(ModelFileKey.indices(weightName(index))),
          values: file.values(ModelFileKey.values(weightName(index)))))
    } catch let error as SparsePatternError {
      throw invalid("the sparse matrix \(weightName(index)) is malformed: \(error)")
    }
  }

  /// A shape with two extents in range, and no more entries than `room`.
  private func checked(_ shape: [Int], of part: String, room: Int) throws -> (rows: Int, columns: Int) {
    guard shape.count == 2, shape.allSatisfy(ModelConfig.widths.contains) else {
      throw invalid(
        "\(part) has the shape \(Excerpt.of("\(shape)")); expected [inputs, outputs], each \(ModelConfig.widths.lowerBound) "
          + "to \(ModelConfig.widths.upperBound)")
    }
    guard shape[0] * shape[1] <= room else {
      throw invalid("has more than \(ModelConfig.maximumWeights) weights, the most that is allowed")
    }
    return (shape[0], shape[1])
  }

  /// The network that the file says it was, or the one that is stored.
  private func originalNetwork(stored: [StoredParameter]) throws -> (widths: [Int], network: Network) {
    let storedSizes = [stored[0].shape.rows] + stored.map(\.shape.columns)
    let sizes = try numbers(ModelFileKey.layers) ?? storedSizes
    guard sizes.count == storedSizes.count, sizes.allSatisfy(ModelConfig.widths.contains) else {
      throw invalid(
        "the metadata's layers are \(Excerpt.of("\(sizes)")); expected \(storedSizes.count) sizes, each "
          + "\(ModelConfig.widths.lowerBound) to \(ModelConfig.widths.upperBound)")
    }
    guard zip(sizes, sizes.dropFirst()).reduce(0, { $0 + $1.0 * $1.1 }) <= ModelConfig.maximumWeights else {
      throw invalid("has more than \(ModelConfig.maximumWeights) weights, the most that is allowed")
    }
    let relu = file.metadata[ModelFileKey.outputReLU] ?? "false"
    guard relu == "true" || relu == "false" else {
      throw invalid(
        "the metadata's \(ModelFileKey.outputReLU) is '\(Excerpt.of(relu))'; expected true or false")
    }
    return (sizes, Network(layers: sizes, outputRelu: relu == "true"))
  }

  /// The original units that the stored matrices' rows and columns are.
  private func keptUnits(of widths: [Int], stored: [StoredParameter]) throws -> [[Int]] {
    var kept: [[Int]] = []
    for (layer, matrix) in stored.enumerated() {
      let (inputs, outputs) = (widths[layer], widths[layer + 1])
      let rows = try units(ModelFileKey.keptInputs(layerName(layer)), count: matrix.shape.rows, of: inputs)
      let columns = try units(
        ModelFileKey.keptOutputs(layerName(layer)), count: matrix.shape.columns, of: outputs)
      if let last = kept.last, last != rows {
        throw invalid(
          "\(ModelFileKey.keptInputs(layerName(layer))) and \(ModelFileKey.keptOutputs(layerName(layer - 1))) name different units"
        )
      }
      if layer == 0 { kept.append(rows) }
      kept.append(columns)
    }
    guard kept[0].count == widths[0], kept.last?.count == widths.last else {
      throw invalid("inputs or outputs of the network are missing; only hidden units can be removed")
    }
    return kept
  }

  private func units(_ name: String, count: Int, of size: Int) throws -> [Int] {
    if file.tensors[name] == nil, count == size { return Array(0..<size) }
    let units = try file.values(name, as: Int32.self, shape: [count]).map { Int($0) }
    guard zip(units, units.dropFirst()).allSatisfy(<), units.allSatisfy((0..<size).contains) else {
      throw invalid("the tensor \(name) needs unit numbers below \(size), ascending")
    }
    return units
  }

  /// A list of whole numbers in the metadata; nil where there is none.
  private func numbers(_ key: String) throws -> [Int]? {
    guard let text = file.metadata[key] else { return nil }
    guard case .array(let values)? = try? JSONParser.parse(Array(text.utf8)) else {
      throw invalid("the metadata's \(key) is not a list of whole numbers")
    }
    return try values.map { value in
      guard case .number(let literal) = value, let number = Int(literal) else {
        throw invalid("the metadata's \(key) is not a list of whole numbers")
      }
      return number
    }
  }
}
