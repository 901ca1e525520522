import Files
import GraphExec

extension ModelState {
  /// The parameters as `model.safetensors` holds them: each by its name and in its extents, row-major, with the survivors
  /// that are exactly 0.
  package func file(of network: Network, metadata: [String: String] = [:]) -> SafetensorsFile {
    var file = SafetensorsFile(metadata: metadata)
    for (parameter, own) in zip(network.parameters, parameters) {
      file.store(own.value, mask: own.mask, as: parameter.name, shape: parameter.shape.dimensions)
    }
    return file
  }
}
