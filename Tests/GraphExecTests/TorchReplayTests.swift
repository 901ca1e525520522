import Device
import Foundation
import GraphExec
import Reference
import TestSupport
import Testing

/// A small network trained by PyTorch (Fixtures/torch_replay.py), trained again here: same losses, predictions and weights.
@Suite(.serialized) struct TorchReplayTests {
  private struct Fixture: Decodable {
    struct Training: Decodable {
      struct Epoch: Decodable {
        let loss: Double
        let correct: Int
      }
      let masks: [[UInt8]]
      let epochs: [Epoch]
      let weights: [[Float]]
      let firstMoments: [[Float]]
      let secondMoments: [[Float]]
    }
    let layers: [Int]
    let batch: Int
    let learningRate: Double
    let images: [Float]
    let labels: [UInt8]
    let weights: [[Float]]
    let dense: Training
    let masked: Training
  }

  @Test(
    "training on OpenCL follows PyTorch's", .needs(.openCL),
    arguments: KernelConfig.Family.allCases, [false, true])
  func openCLFollowsTorch(family: KernelConfig.Family, masked: Bool) throws {
    try followTorch(on: TestDevice.backend(family), masked: masked)
  }

  @Test("training on the CPU backend follows PyTorch's", arguments: [false, true])
  func cpuFollowsTorch(masked: Bool) throws {
    try followTorch(on: CPUBackend(), masked: masked)
  }

  private func followTorch(on backend: any Backend, masked: Bool) throws {
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Fixtures/torch_replay.json")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let fixture = try decoder.decode(Fixture.self, from: Data(contentsOf: path))
    let expected = masked ? fixture.masked : fixture.dense
    let network = Network(layers: fixture.layers)
    func matrices(_ values: [[Float]]) -> [Matrix] {
      values.enumerated().map { layer, values in
        Matrix(rows: fixture.layers[layer], columns: fixture.layers[layer + 1], values: values)
      }
    }
    // Float images use a kernel that warming up does not: it is compiled at its first launch.
    try Compilation.exclusively {
      let model = try backend.makeModel(
        ModelSpecification(
          network: network, batchSize: fixture.batch,
          optimizer: AdamOptimizer(learningRate: Float(fixture.learningRate)), masked: true))
      var start = ModelState(initialValues: matrices(fixture.weights))
      for (layer, mask) in expected.masks.enumerated() {
        start.parameters[layer].mask = mask
        for index in mask.indices where mask[index] == 0 {
          start.parameters[layer].value.values[index] = 0
        }
      }
      try model.load(start)
      let set = try backend.upload(
        HostImages(features: .floats(fixture.images), labels: fixture.labels, size: network.inputs))
      let order = fixture.labels.indices.map { Int32($0) }
      for epoch in expected.epochs {
        let totals = try model.trainEpoch(on: set, order: order)
        #expect(abs(totals.loss - epoch.loss) < 2e-5 * epoch.loss)
        #expect(totals.correct == epoch.correct)
      }
      let state = try model.state()
      let pairs: [([Matrix], [[Float]], Float)] = [
        (state.parameters.map(\.value), expected.weights, 2e-5),
        (state.parameters.map { $0.slots[0] }, expected.firstMoments, 2e-6),
        (state.parameters.map { $0.slots[1] }, expected.secondMoments, 2e-7),
      ]
      for (got, want, tolerance) in pairs {
        for layer in want.indices {
          for (a, b) in zip(got[layer].values, want[layer]) { #expect(abs(a - b) < tolerance) }
        }
      }
      #expect(state.masks == expected.masks)
    }
  }
}
