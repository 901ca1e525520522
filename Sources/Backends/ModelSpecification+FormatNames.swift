import GraphExec

extension ModelSpecification {
  /// How each weight is held: its format, and before it whether it lost units of the `original` network.
  package func formatNames(original: Network) -> [String] {
    network.weights.map { weight in
      let format = format(weight)
      guard network[weight].shape != original[weight].shape else { return format.name }
      return format == .dense ? "compacted" : "compacted+\(format.name)"
    }
  }
}
