import GraphExec
import Testing

/// A network whose gradients are checked against finite differences.
struct GradientCase: Sendable, CustomTestStringConvertible {
  let name: String
  let network: Network
  let forward: ForwardPass
  var loss = SoftmaxCrossEntropy()

  var testDescription: String { name }

  /// Chains, and graphs in which a tensor has several readers, whose gradients are added.
  ///
  /// The names of the operations among them are held against the list of those that there are.
  static var all: [GradientCase] {
    get throws {
      try [
        GradientCase("a chain", Network(layers: [6, 9, 7, 4])),
        smoothed,
        GradientCase("with an output ReLU", Network(layers: [6, 9, 7, 4], outputRelu: true)),
        GradientCase("a residual connection", residual),
        GradientCase(
          name: "a weight used twice", network: Network(layers: [6, 6, 4]), forward: sharedWeight),
        GradientCase(
          "pixels as features", Shape(2, 3, 2), [Network.Layer("flatten", Flatten())]),
        GradientCase(
          "convolutions of padded images", Shape(2, 5, 4),
          [
            Network.Layer("a", Conv2D(outputs: 3, kernel: 3, padding: 1)), Network.Layer("a.relu", ReLU()),
            Network.Layer("b", Conv2D(outputs: 3, kernel: 3, padding: 1)),
            Network.Layer("sum", Add(), inputs: ["b", "a.relu"]), Network.Layer("sum.relu", ReLU()),
            Network.Layer("c", Conv2D(outputs: 2, kernel: 2, bias: true)),
            Network.Layer("flatten", Flatten()),
          ]),
        GradientCase(
          "convolutions that step over pixels", Shape(1, 7, 8),
          [
            Network.Layer("a", Conv2D(outputs: 5, kernel: 3, stride: 2, padding: 1)),
            Network.Layer("a.relu", ReLU()),
            Network.Layer("b", Conv2D(outputs: 2, kernel: 3, stride: 3, padding: 2)),
            Network.Layer("skip", Conv2D(outputs: 2, kernel: 1, stride: 2), inputs: ["a.relu"]),
            Network.Layer("sum", Add(), inputs: ["b", "skip"]), Network.Layer("flatten", Flatten()),
          ]),
        GradientCase(
          "biases", Shape(5),
          [Network.Layer("a", Linear(outputs: 6, bias: true)), Network.Layer("a.relu", ReLU())]),
        GradientCase(
          "batch norm", Shape(2, 3, 2),
          [
            Network.Layer("norm", BatchNorm()), Network.Layer("relu", ReLU()),
            Network.Layer("again", BatchNorm()),
            Network.Layer("flatten", Flatten()),
          ]),
        GradientCase(
          "batch norm of features, read twice", Shape(5),
          [
            Network.Layer("a", Linear(outputs: 6)), Network.Layer("norm", BatchNorm(epsilon: 0.1)),
            Network.Layer("b", Linear(outputs: 6)), Network.Layer("second", BatchNorm()),
            Network.Layer("sum", Add(), inputs: ["second", "norm"]), Network.Layer("relu", ReLU()),
          ]),
        pooled("max pool", MaxPool(PoolWindow(kernel: 2)), GlobalAveragePool()),
        pooled("overlapping max pool", MaxPool(PoolWindow(kernel: 3, stride: 2, padding: 1)), Flatten()),
        pooled("average pool", AveragePool(PoolWindow(kernel: 3, stride: 2, padding: 1)), Flatten()),
        GradientCase(
          "a max pool behind a ReLU, read twice", Shape(1, 5, 4),
          [
            Network.Layer("norm", BatchNorm()), Network.Layer("relu", ReLU()),
            Network.Layer("a", MaxPool(PoolWindow(kernel: 2)), inputs: ["relu"]),
            Network.Layer("b", AveragePool(PoolWindow(kernel: 2)), inputs: ["relu"]),
            Network.Layer("sum", Add(), inputs: ["a", "b"]), Network.Layer("flatten", Flatten()),
          ]),
        GradientCase(
          "dropout", Shape(5),
          [Network.Layer("a", Linear(outputs: 8)), Network.Layer("drop", Dropout(rate: 0.4))]),
      ]
    }
  }

  private static var smoothed: GradientCase {
    var test = GradientCase("smoothed labels", Network(layers: [6, 5, 4]))
    test.loss = SoftmaxCrossEntropy(labelSmoothing: 0.3)
    return test
  }

  /// Finite differences take a step of each parameter: a few dozen of them at most.
  init(_ name: String, _ network: Network) {
    self.init(name: name, network: network, forward: ForwardPass(network))
  }

  /// Layers on images of a shape, to the last of which a linear layer of four classes is added.
  init(_ name: String, _ images: Shape, _ layers: [Network.Layer]) throws {
    let head = Network.Layer("head", Linear(outputs: 4))
    self.init(name, try Network(input: images, layers: layers + [head]))
  }

  private init(name: String, network: Network, forward: ForwardPass) {
    (self.name, self.network, self.forward) = (name, network, forward)
  }

  /// Batch norm, a ReLU and a pooling of an image whose sides are no multiple of its windows.
  private static func pooled(
    _ name: String, _ pool: some LayerOperation, _ end: some LayerOperation
  ) throws -> GradientCase {
    try GradientCase(
      name, Shape(2, 5, 4),
      [
        Network.Layer("norm", BatchNorm()), Network.Layer("relu", ReLU()), Network.Layer("pool", pool),
        Network.Layer("end", end),
      ])
  }

  /// The first layer's activations are read by a product and by a sum.
  private static var residual: Network {
    get throws {
      try Network(
        input: Shape(6),
        layers: [
          Network.Layer("a", Linear(outputs: 8)), Network.Layer("a.relu", ReLU()),
          Network.Layer("b", Linear(outputs: 8)), Network.Layer("b.relu", ReLU()),
          Network.Layer("sum", Add(), inputs: ["b.relu", "a.relu"]),
          Network.Layer("c", Linear(outputs: 4)),
        ])
    }
  }

  /// The first weight is multiplied by the images, and by what came of that.
  private static var sharedWeight: ForwardPass {
    let network = Network(layers: [6, 6, 4])
    let (first, second) = (network.weights[0], network.weights[1])
    var graph = Graph(parameters: network.parameters)
    let images = graph.declare("images", Shape(6))
    graph.append(LoadBatch(), [], to: images)
    var current = images
    for step in 0..<2 {
      let sums = graph.declare("sums \(step)", Shape(6))
      graph.append(Linear(outputs: 6), [current], [first], to: sums)
      current = graph.declare("activations \(step)", Shape(6))
      graph.append(ReLU(), [sums], to: current)
    }
    let output = graph.declare("output", Shape(4))
    graph.append(Linear(outputs: 4), [current], [second], to: output)
    return ForwardPass(graph, output: output)
  }
}
