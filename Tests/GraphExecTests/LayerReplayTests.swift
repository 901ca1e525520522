import Device
import Foundation
import GraphExec
import Reference
import TestSupport
import Testing

/// A network of biases, batch norm and poolings, trained by PyTorch (Fixtures/torch_layers.py), trained again here: same
/// losses, parameters and running statistics, and the same outputs in an evaluation.
@Suite(.serialized) struct LayerReplayTests {
  private struct Fixture: Decodable {
    let batch: Int
    let learningRate: Double
    let labelSmoothing: Double
    let images: [Float]
    let labels: [UInt8]
    let before: [String: [Float]]
    let losses: [Double]
    let after: [String: [Float]]
    let outputs: [Float]
  }

  private static var network: Network {
    get throws {
      try Network(
        input: Shape(3, 7, 6),
        layers: [
          Network.Layer("first", BatchNorm()), Network.Layer("relu1", ReLU()),
          Network.Layer("mean", AveragePool(PoolWindow(kernel: 3, stride: 2, padding: 1))),
          Network.Layer("max", MaxPool(PoolWindow(kernel: 2))), Network.Layer("flat", Flatten()),
          Network.Layer("a", Linear(outputs: 9)),
          Network.Layer("second", BatchNorm(momentum: 0.3, epsilon: 1e-3)), Network.Layer("relu2", ReLU()),
          Network.Layer("b", Linear(outputs: 5, bias: true)),
        ])
    }
  }

  @Test("training and evaluation follow PyTorch's", arguments: [true, false])
  func followsTorch(fused: Bool) throws {
    for backend in try TestDevice.backends() { try followTorch(on: backend, fused: fused) }
  }

  private func followTorch(on backend: any Backend, fused: Bool) throws {
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Fixtures/torch_layers.json")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let fixture = try decoder.decode(Fixture.self, from: Data(contentsOf: path))
    let network = try Self.network
    let start = try network.parameters.map { parameter in
      let values: [Float] = try #require(fixture.before[parameter.name], "\(parameter.name)")
      return Matrix(rows: parameter.rows, columns: parameter.columns, values: values)
    }
    var specification = ModelSpecification(
      network: network, batchSize: fixture.batch,
      updates: UpdateRule(Adam(learningRate: fixture.learningRate)), masked: false, fused: fused)
    specification.loss = SoftmaxCrossEntropy(labelSmoothing: fixture.labelSmoothing)
    // Float images use a kernel that warming up does not: it is compiled at its first launch.
    try Compilation.exclusively {
      let model = try backend.makeModel(specification)
      try model.load(ModelState(initialValues: start))
      let set = try backend.upload(
        HostImages(features: .floats(fixture.images), labels: fixture.labels, size: network.inputs))
      for loss in fixture.losses {
        let totals = try model.trainEpoch(on: set, order: fixture.labels.indices.map { Int32($0) })
        #expect(abs(totals.loss - loss) < 2e-5 * loss)
      }
      for (parameter, state) in zip(network.parameters, try model.state().parameters) {
        for (a, b) in zip(state.value.values, try #require(fixture.after[parameter.name])) {
          #expect(abs(a - b) < 2e-5, "\(parameter.name)")
        }
      }
      for (a, b) in zip(try model.outputs(of: set), fixture.outputs) { #expect(abs(a - b) < 5e-5) }
    }
  }

  @Test(
    "the fused and the unfused plan give the same bits", .needs(.openCL),
    arguments: KernelConfig.Family.allCases, [false, true])
  func fusedEqualsUnfused(family: KernelConfig.Family, convolves: Bool) throws {
    let backend = try TestDevice.backend(family)
    let network = try convolves ? Self.residualBlock : Self.layersOfEachKind
    let set = try backend.upload(TestSet.images(count: 150, size: network.inputs, seed: 5))
    let results = try [true, false].map { fused in
      let model = try backend.makeModel(
        ModelSpecification(network: network, batchSize: 64, masked: true, fused: fused))
      try model.load(.fresh(network))
      let totals = try (0..<3).map {
        try model.trainEpoch(on: set, order: TestSet.order(150, seed: UInt64($0)))
      }
      return (totals: totals, state: try model.state(), evaluation: try model.evaluate(on: set))
    }
    #expect(results[0].totals == results[1].totals)
    #expect(results[0].state == results[1].state)
    #expect(results[0].evaluation == results[1].evaluation)
    // The running statistics have moved, and nothing else that has no gradient.
    let norm = try #require(network.layers.firstIndex { $0.operation is BatchNorm })
    let means = results[0].state[network.parameters(of: norm)[2]].value.values
    #expect(means.allSatisfy { convolves ? $0 != 0 : $0 > 0.1 })
  }

  private static var layersOfEachKind: Network {
    get throws {
      try Network(
        input: Shape(2, 6, 6),
        layers: [
          Network.Layer("first", BatchNorm()), Network.Layer("relu1", ReLU()),
          Network.Layer("second", BatchNorm()),
          Network.Layer("sum", Add(), inputs: ["second", "relu1"]), Network.Layer("relu2", ReLU()),
          Network.Layer("max", MaxPool(PoolWindow(kernel: 2))), Network.Layer("drop", Dropout(rate: 0.2)),
          Network.Layer("flat", Flatten()), Network.Layer("a", Linear(outputs: 7, bias: true)),
          Network.Layer("relu3", ReLU()), Network.Layer("b", Linear(outputs: 10, bias: true)),
        ])
    }
  }

  /// Convolutions behind which a batch norm, an addition, a bias and a ReLU come.
  private static var residualBlock: Network {
    get throws {
      try Network(
        input: Shape(2, 6, 6),
        layers: [
          Network.Layer("a", Conv2D(outputs: 5, kernel: 3, padding: 1)), Network.Layer("a.norm", BatchNorm()),
          Network.Layer("a.relu", ReLU()),
          Network.Layer("b", Conv2D(outputs: 5, kernel: 3, padding: 1)), Network.Layer("b.norm", BatchNorm()),
          Network.Layer("sum", Add(), inputs: ["b.norm", "a.relu"]), Network.Layer("sum.relu", ReLU()),
          Network.Layer("c", Conv2D(outputs: 4, kernel: 3, stride: 2, padding: 1, bias: true)),
          Network.Layer("skip", Conv2D(outputs: 4, kernel: 1, stride: 2), inputs: ["sum.relu"]),
          Network.Layer("second", Add(), inputs: ["c", "skip"]), Network.Layer("second.relu", ReLU()),
          Network.Layer("pool", GlobalAveragePool()), Network.Layer("head", Linear(outputs: 10)),
        ])
    }
  }
}
