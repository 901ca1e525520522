import Configs
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
///
/// The file of a network that has no short form has the names of its layers in place of `layers.<i>`, the extents of its
/// parameters in place of `[inputs, outputs]`, and the original network as JSON in the metadata's `network`.
enum ModelFileKey {
  static let layers = "layers"
  static let network = "network"
  static let outputReLU = "output_relu"

  static func survivingZeros(_ parameter: String) -> String { "\(parameter).surviving_zeros" }
  static func indptr(_ parameter: String) -> String { "\(parameter).indptr" }
  static func indices(_ parameter: String) -> String { "\(parameter).indices" }
  static func values(_ parameter: String) -> String { "\(parameter).values" }
  static func shape(_ parameter: String) -> String { "\(parameter).shape" }
  static func keptInputs(_ layer: String) -> String { "\(layer).kept_inputs" }
  static func keptOutputs(_ layer: String) -> String { "\(layer).kept_outputs" }
}

extension Network {
  /// What a file of parameters says of its network: its layers, or the widths of the short form and what no shape tells.
  package var fileMetadata: [String: String] {
    guard let form = perceptron else {
      let input = [input.channels, input.height, input.width].map { JSONValue($0) }
      let network = JSONObject([("input", .array(input)), ("layers", LayerList.json(layers))])
      return [ModelFileKey.network: JSONValue.object(network).compact]
    }
    var metadata = [ModelFileKey.layers: JSONValue.array(form.widths.map { JSONValue($0) }).compact]
    if form.outputRelu { metadata[ModelFileKey.outputReLU] = "true" }
    return metadata
  }
}

extension StoredModel {
  /// The model as a file; `StoredModel.init(_:)` is its inverse.
  package var file: SafetensorsFile {
    var file = SafetensorsFile(metadata: metadata)
    file.metadata.merge(original.fileMetadata) { $1 }
    for (index, stored) in parameters.enumerated() {
      let parameter = network.parameters[index]
      switch stored {
      case .dense(let matrix, let mask):
        file.store(matrix, mask: mask, as: parameter.name, shape: parameter.shape.dimensions)
      case .sparse(let matrix):
        file.tensors[ModelFileKey.indptr(parameter.name)] = StoredTensor(matrix.pattern.indptr)
        file.tensors[ModelFileKey.indices(parameter.name)] = StoredTensor(matrix.pattern.indices)
        file.tensors[ModelFileKey.values(parameter.name)] = StoredTensor(matrix.values)
        file.metadata[ModelFileKey.shape(parameter.name)] = Self.list(parameter.shape.dimensions)
      }
    }
    for weight in original.weights {
      let (whole, kept) = (original[weight], compaction.kept(of: weight))
      if kept.rows.count < whole.rows {
        file.tensors[ModelFileKey.keptInputs(whole.layer)] = StoredTensor(kept.rows.map { Int32($0) })
      }
      if kept.columns.count < whole.columns {
        file.tensors[ModelFileKey.keptOutputs(whole.layer)] = StoredTensor(kept.columns.map { Int32($0) })
      }
    }
    return file
  }

  private static func list(_ numbers: [Int]) -> String {
    JSONValue.array(numbers.map { JSONValue($0) }).compact
  }
}
