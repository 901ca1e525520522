import Configs
import GraphExec
import ModelFiles
import Text

extension StoredModel {
  /// The parameters as a NumPy archive, each by its name and in Whittle's extents, outputs last; `network` is the network as
  /// JSON, and `normalization` what a byte of an image becomes.
  package func numpyArchive(normalization: PixelNormalization) -> NumpyArchive {
    var archive = NumpyArchive()
    for (parameter, stored) in zip(network.parameters, parameters) {
      archive.append(parameter.name, stored.matrix.values, shape: parameter.shape.dimensions)
    }
    let input = [network.input.channels, network.input.height, network.input.width].map { JSONValue($0) }
    let described = JSONObject([("input", .array(input)), ("layers", LayerList.json(network.layers))])
    archive.append("network", JSONValue.object(described).compact)
    archive.append("normalization", normalization.json.compact)
    return archive
  }
}
