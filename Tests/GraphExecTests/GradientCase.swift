import GraphExec
import Testing

/// A network whose gradients are checked against finite differences.
struct GradientCase: Sendable, CustomTestStringConvertible {
  let name: String
  let network: Network
  let forward: ForwardPass

  var testDescription: String { name }

  /// Chains, and graphs in which a tensor has several readers, whose gradients are added.
  ///
  /// The names of the operations among them are held against the list of those that there are.
  static var all: [GradientCase] {
    get throws {
      try [
        GradientCase("a chain", Network(layers: [6, 9, 7, 4])),
        GradientCase("with an output ReLU", Network(layers: [6, 9, 7, 4], outputRelu: true)),
        GradientCase("a residual connection", residual),
        GradientCase(
          name: "a weight used twice", network: Network(layers: [6, 6, 4]), forward: sharedWeight),
        GradientCase(
          "pixels as features", Shape(2, 3, 2), [Network.Layer("flatten", Flatten())]),
      ]
    }
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
