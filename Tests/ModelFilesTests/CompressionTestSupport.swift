import GraphExec
import ModelFiles
import Pruning
import Reference

/// Networks pruned by the engine, with random weights.
enum PrunedModel {
  /// The network of the pruning challenge.
  static let challenge = Network(layers: [784, 1000, 1000, 500, 200, 10])

  /// A small network of most kinds of layers, for images of 8x8, with all kinds of parameters.
  static func convolutional() throws -> Network {
    try Network(
      input: Shape(1, 8, 8),
      layers: [
        Network.Layer("conv", Conv2D(outputs: 12, kernel: 3, bias: true)),
        Network.Layer("norm", BatchNorm()), Network.Layer("act", ReLU()),
        Network.Layer("pool", MaxPool(PoolWindow(kernel: 2))), Network.Layer("flat", Flatten()),
        Network.Layer("out", Linear(outputs: 10)),
      ])
  }

  /// A network with all layers but the last at a sparsity.
  static func pruned(_ network: Network, _ unit: PruningUnit, _ sparsity: Double) throws -> StoredModel {
    let model = try CPUBackend().makeModel(
      ModelSpecification(network: network, batchSize: 1, masked: true))
    try model.load(ModelState(initialValues: WeightInitializer.heNormal.values(of: network, seed: 7)))
    let policy = PruningPolicy(unit: unit, schedule: .constant(sparsity))
    try model.enqueue(policy.events(beforeStep: 0, of: network))
    return StoredModel(try model.state(), of: network)
  }

  /// A model of these weights, of which those that are 0 are pruned.
  static func zerosPruned(
    _ weights: [Matrix], of network: Network, metadata: [String: String] = [:]
  ) -> StoredModel {
    var state = ModelState(initialValues: weights)
    for index in weights.indices {
      state.parameters[index].mask = weights[index].values.map { $0 == 0 ? 0 : 1 }
    }
    return StoredModel(state, of: network, metadata: metadata)
  }

  /// A small model that is compacted and has sparse and dense matrices: 6-8-7-3, of which 6-3-5-3 are left.
  static func small(outputRelu: Bool = false) -> StoredModel {
    let network = Network(layers: [6, 8, 7, 3], outputRelu: outputRelu)
    var weights = WeightInitializer.heNormal.values(of: network, seed: 2)
    for row in 0..<6 {
      for column in 0..<8 where ![1, 4, 6].contains(column) || (row + column) % 5 != 0 {
        weights[0][row, column] = 0
      }
    }
    for row in 0..<8 { for column in [0, 3] { weights[1][row, column] = 0 } }
    return zerosPruned(weights, of: network, metadata: ["study": "small"]).compressed()
  }
}
