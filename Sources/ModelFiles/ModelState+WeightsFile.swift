import Files
import GraphExec

extension ModelState {
  /// The weights as `model.safetensors` holds them: `layers.<i>.weight`, `[inputs, outputs]`, row-major, with the survivors
  /// that are exactly 0.
  package func weightsFile(metadata: [String: String] = [:]) -> SafetensorsFile {
    var file = SafetensorsFile(metadata: metadata)
    for (layer, matrix) in weights.enumerated() { file.store(matrix, mask: masks[layer], layer: layer) }
    return file
  }
}
