/// The short form: a bias-free perceptron with ReLU between its layers, as a list of widths.
extension Network {
  /// A bias-free perceptron: widths from the images to the output, a weight matrix between each two neighbours, a ReLU after
  /// each but the last.
  ///
  /// - Parameters:
  ///   - widths: two at least, none below 1: `[784, 1000, 1000, 500, 200, 10]`.
  ///   - outputRelu: whether the output layer, too, ends in a ReLU.
  public init(layers widths: [Int], outputRelu: Bool = false) {
    precondition(
      widths.count >= 2 && widths.allSatisfy { $0 > 0 }, "a network needs two sizes, all positive")
    let depth = widths.count - 1
    let layers = (0..<depth).flatMap { index -> [Layer] in
      let name = "layers.\(index)"
      let linear = Layer(name, label: "layer \(index + 1)", Linear(outputs: widths[index + 1]))
      return index < depth - 1 || outputRelu ? [linear, Layer("\(name).relu", ReLU())] : [linear]
    }
    do {
      try self.init(input: Shape(widths[0]), layers: layers)
    } catch {
      preconditionFailure("a chain of flat layers fits: \(error)")
    }
  }

  /// The widths and whether the output ends in a ReLU, of a network that has a short form.
  public var perceptron: (widths: [Int], outputRelu: Bool)? {
    var widths = [input.count]
    for case let linear as Linear in layers.map(\.operation) { widths.append(linear.outputs) }
    guard input.isFlat, widths.count >= 2 else { return nil }
    let outputRelu = layers[layers.count - 1].operation is ReLU
    return self == Network(layers: widths, outputRelu: outputRelu) ? (widths, outputRelu) : nil
  }
}
