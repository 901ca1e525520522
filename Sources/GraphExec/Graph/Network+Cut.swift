extension Network {
  /// The layers before one as a network of their own, and those from it on as a network of what the first puts out.
  ///
  /// - Throws: `NetworkError` where more than the output of the layer before leads from the first to the second, or that
  ///   output is not flat.
  package func cut(before layer: Int) throws(NetworkError) -> (first: Network, second: Network) {
    let last = layer - 1
    for index in layer..<layers.count {
      if let source = sources[index].first(where: { $0.map { $0 < last } ?? true }) {
        throw NetworkError(
          layer: layers[index].name,
          "reads \(source.map { layers[$0].name } ?? Self.imagesName), so \(layers[last].name) is not all that goes in"
        )
      }
    }
    let rest = layers[layer...].map { own in
      // The images of the second network are the layer's output.
      Layer(
        own.name, label: own.label, own.operation,
        inputs: own.inputs.map { $0 == layers[last].name ? Self.imagesName : $0 })
    }
    return (
      try Network(input: input, layers: Array(layers[..<layer])),
      try Network(input: shapes[last], layers: rest)
    )
  }
}
