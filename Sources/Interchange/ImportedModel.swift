import Configs
import Files
import GraphExec
import ModelFiles
import Text

/// A network that another program made, with its parameters.
package struct ImportedModel: Sendable {
  /// The network and its parameters; weights that are exactly zero count as pruned, and so do zero biases of units
  /// whose weights are all zero.
  package let model: StoredModel
  /// Where it comes from, for people.
  package let source: String
  /// What was left out or changed, for people.
  package let notes: [String]

  /// The key of a model file's metadata that says where a network was imported from.
  package static let sourceKey = "imported_from"

  /// - Parameters:
  ///   - values: the entries of each parameter, by its name, as Whittle holds them.
  ///   - normalization: what a byte of an image becomes, as a config writes it; nil where that is not known.
  /// - Throws: `ONNXError` for layers that make no network, or parameters that do not fit it.
  init(
    source: String, input: Shape, layers: [Network.Layer], values: [String: [Float]], notes: [String],
    normalization: String?
  ) throws(ONNXError) {
    let network: Network
    do throws(NetworkError) {
      network = try Network(input: input, layers: layers)
    } catch {
      throw ONNXError("\(error)")
    }
    guard network.parameterCount <= ModelConfig.maximumWeights else {
      throw ONNXError("has more than \(ModelConfig.maximumWeights) weights, the most that is allowed")
    }
    var matrices: [Matrix] = []
    for parameter in network.parameters {
      guard let own = values[parameter.name], own.count == parameter.count else {
        throw ONNXError("has no \(parameter.name) of \(parameter.count) entries")
      }
      matrices.append(Matrix(rows: parameter.rows, columns: parameter.columns, values: own))
    }
    var state = ModelState(initialValues: matrices)
    for weight in network.weights {
      let mask: [UInt8] = matrices[weight.index].values.map { $0 != 0 ? 1 : 0 }
      state.parameters[weight.index].mask = mask
      // A unit that no weight leads to goes with its bias where that is zero, too.
      let columns = network[weight].columns
      for bias in network.parameters(of: network.layer(of: weight)) where !network[bias].isWeight {
        state.parameters[bias.index].mask = matrices[bias.index].values.enumerated().map { unit, value in
          let isFed = stride(from: unit, to: mask.count, by: columns).contains { mask[$0] != 0 }
          return value != 0 || isFed ? 1 : 0
        }
      }
    }
    var metadata = [Self.sourceKey: source]
    metadata[StoredModel.normalizationKey] = normalization
    model = StoredModel(state, of: network, metadata: metadata)
    (self.source, self.notes) = (source, notes)
  }
}
