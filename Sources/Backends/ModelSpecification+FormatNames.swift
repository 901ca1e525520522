import GraphExec

extension ModelSpecification {
  /// How each layer is held: its format, and before it whether it lost units of the `original` network.
  package func formatNames(original: Network) -> [String] {
    formats.indices.map { layer in
      guard network.shape(of: layer) != original.shape(of: layer) else { return formats[layer].name }
      return formats[layer] == .dense ? "compacted" : "compacted+\(formats[layer].name)"
    }
  }
}
