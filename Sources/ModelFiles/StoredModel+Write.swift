import Files
import GraphExec
import Pruning
import Text

/// The names of a model file's parts.
///
/// A dense matrix is the tensor `layers.<i>.weight`, `[inputs, outputs]`. A sparse one is `layers.<i>.weight.indptr`,
/// `.indices` (both int32) and `.values` (float32), as SciPy's `csr_matrix` takes them, with its shape in the metadata
/// under `layers.<i>.weight.shape`. An entry of a dense matrix that is 0 is a pruned one, unless
/// `layers.<i>.weight.surviving_zeros` (int32, row after row) lists it. Where units were removed, `layers.<i>.kept_inputs`
/// and `layers.<i>.kept_outputs` (int32) say which of the original units the rows and columns are, and the metadata's
/// `layers` has the original sizes.
enum ModelFileKey {
  static let layers = "layers"
  static let outputReLU = "output_relu"

  static func weight(_ layer: Int) -> String { "layers.\(layer).weight" }
  static func survivingZeros(_ layer: Int) -> String { "layers.\(layer).weight.surviving_zeros" }
  static func indptr(_ layer: Int) -> String { "layers.\(layer).weight.indptr" }
  static func indices(_ layer: Int) -> String { "layers.\(layer).weight.indices" }
  static func values(_ layer: Int) -> String { "layers.\(layer).weight.values" }
  static func shape(_ layer: Int) -> String { "layers.\(layer).weight.shape" }
  static func keptInputs(_ layer: Int) -> String { "layers.\(layer).kept_inputs" }
  static func keptOutputs(_ layer: Int) -> String { "layers.\(layer).kept_outputs" }
}

extension Network {
  /// What a file of weights says of its network: the widths, and what no shape tells.
  package var fileMetadata: [String: String] {
    var metadata = [ModelFileKey.layers: JSONValue.array(layers.map { JSONValue($0) }).compact]
    if outputRelu { metadata[ModelFileKey.outputReLU] = "true" }
    return metadata
  }
}

extension StoredModel {
  /// The model as a file; `StoredModel.init(_:)` is its inverse.
  package var file: SafetensorsFile {
    var file = SafetensorsFile(metadata: metadata)
    file.metadata.merge(original.fileMetadata) { $1 }
    for (layer, matrix) in layers.enumerated() {
      switch matrix {
      case .dense(let matrix, let mask): file.store(matrix, mask: mask, layer: layer)
      case .sparse(let matrix):
        file.tensors[ModelFileKey.indptr(layer)] = StoredTensor(matrix.pattern.indptr)
        file.tensors[ModelFileKey.indices(layer)] = StoredTensor(matrix.pattern.indices)
        file.tensors[ModelFileKey.values(layer)] = StoredTensor(matrix.values)
        file.metadata[ModelFileKey.shape(layer)] = Self.list([matrix.rows, matrix.columns])
      }
      let (rows, columns) = original.shape(of: layer)
      let (inputs, outputs) = (compaction.kept[layer], compaction.kept[layer + 1])
      if inputs.count < rows {
        file.tensors[ModelFileKey.keptInputs(layer)] = StoredTensor(inputs.map { Int32($0) })
      }
      if outputs.count < columns {
        file.tensors[ModelFileKey.keptOutputs(layer)] = StoredTensor(outputs.map { Int32($0) })
      }
    }
    return file
  }

  private static func list(_ numbers: [Int]) -> String {
    JSONValue.array(numbers.map { JSONValue($0) }).compact
  }
}
