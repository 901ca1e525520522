/// The shape of a bias-free ReLU network: `layers` sizes, a weight matrix between each two neighbours.
///
/// Layer `i` computes `relu(Wᵢᵀ x)`; the last one has no ReLU unless `outputRelu` says so.
public struct Network: Sendable, Equatable, Hashable {
  /// Units per layer, the input first: `[784, 1000, 1000, 500, 200, 10]`.
  public var layers: [Int]
  /// Whether the output layer, too, ends in a ReLU.
  public var outputRelu: Bool

  /// Creates the shape; `layers` needs two sizes at least, none below 1.
  public init(layers: [Int], outputRelu: Bool = false) {
    precondition(layers.count >= 2 && layers.allSatisfy { $0 > 0 }, "a network needs two sizes, all positive")
    self.layers = layers
    self.outputRelu = outputRelu
  }

  /// How many weight matrices there are.
  public var depth: Int { layers.count - 1 }
  /// Inputs and outputs of weight matrix `layer`.
  public func shape(of layer: Int) -> (inputs: Int, outputs: Int) { (layers[layer], layers[layer + 1]) }
  /// Entries of all weight matrices; also the multiply-adds for one input.
  public var parameterCount: Int { (0..<depth).reduce(0) { $0 + layers[$1] * layers[$1 + 1] } }
  /// Features of an image.
  public var inputs: Int { layers[0] }
  /// Size of the output layer.
  public var outputs: Int { layers[depth] }
}
