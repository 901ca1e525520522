import GraphExec

/// A network as a graph in the language of Graphviz: a box for each layer, an arrow for each tensor that is read.
package enum NetworkDrawing {
  /// The text for `dot`.
  ///
  /// - Parameter left: the network that pruning leaves of it; layers that lose units are marked. Nil draws the network alone.
  package static func dot(_ network: Network, left: Network? = nil) -> String {
    var lines = [
      "digraph network {",
      "  node [shape=box, style=\"rounded,filled\", fillcolor=\"#f4f6f8\", color=\"#8895a3\", fontname=\"Helvetica\", fontsize=11]",
      "  edge [color=\"#8895a3\", fontname=\"Helvetica\", fontsize=9]",
      "  images [label=\"images\\n\(network.input)\"]",
    ]
    for (index, layer) in network.layers.enumerated() {
      var label = [layer.label == layer.name ? layer.name : "\(layer.name) (\(layer.label))"]
      label.append(operation(layer.operation))
      label.append("\(network.shapes[index])")
      var attributes = ""
      if let left, left.shapes[index] != network.shapes[index] {
        label[2] += " → \(left.shapes[index])"
        attributes = ", fillcolor=\"#fde8d7\", color=\"#d95f02\""
      }
      lines.append("  layer\(index) [label=\"\(label.joined(separator: "\\n"))\"\(attributes)]")
      for source in network.sources[index] {
        lines.append("  \(source.map { "layer\($0)" } ?? "images") -> layer\(index)")
      }
    }
    return (lines + ["}", ""]).joined(separator: "\n")
  }

  /// Name and options: `linear, outputs 10`.
  package static func operation(_ operation: any LayerOperation) -> String {
    let values = operation.optionValues.values
    let options = type(of: operation).options.compactMap { option -> String? in
      guard let value = values[option.name], value != option.defaultValue else { return nil }
      return "\(option.name) \(value)"
    }
    return ([operation.name] + options).joined(separator: ", ")
  }
}
