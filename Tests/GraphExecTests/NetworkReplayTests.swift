import Foundation
import GraphExec
import Reference
import TestSupport
import Testing

/// Ten steps of LeNet-5 and ResNet-20, trained by PyTorch (Fixtures/torch_networks.py), trained again here from the same
/// parameters and batches: the same losses. The networks are those that configs name.
@Suite(.serialized) struct NetworkReplayTests {
  private struct Fixture: Decodable {
    struct Training: Decodable {
      let losses: [Double]
    }
    let lenet5: Training
    let resnet20: Training
  }

  private static let fixture = Result {
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Fixtures/torch_networks.json")
    return try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: path))
  }

  @Test("LeNet-5 follows PyTorch's")
  func lenet5() throws {
    let updates = UpdateRule(Adam(learningRate: 0.001))
    for backend in try TestDevice.backends() {
      try follow(Self.fixture.get().lenet5, "lenet-5", updates, on: backend)
    }
  }

  @Test("ResNet-20 follows PyTorch's, batch norm included")
  func resnet20() throws {
    let updates = UpdateRule(SGD(learningRate: 0.001, momentum: 0.9, weightDecay: 5e-4, nesterov: true))
    for backend in try TestDevice.backends() {
      try follow(Self.fixture.get().resnet20, "resnet-20", updates, on: backend)
    }
  }

  private func follow(
    _ expected: Fixture.Training, _ name: String, _ updates: UpdateRule, on backend: any Backend
  ) throws {
    let (count, batch) = (32, 16)
    let preset = try #require(NetworkPreset(rawValue: name))
    let network = try preset.network(input: preset.designedFor, classes: 10)
    let pixels = HashedValues("images").bits(count * network.inputs).map { UInt8($0 >> 24) }
    let labels = HashedValues("labels").bits(count).map { UInt8($0 % 10) }
    let model = try backend.makeModel(
      ModelSpecification(network: network, batchSize: batch, updates: updates, masked: false))
    try model.load(ModelState(initialValues: network.parameters.map(values)))
    let set = try backend.upload(
      HostImages(features: .bytes(pixels), labels: labels, size: network.inputs))
    let stepsPerEpoch = model.steps(forImages: count)
    for (step, loss) in expected.losses.enumerated() {
      var before = 0.0
      if step % stepsPerEpoch == 0 {
        try model.beginEpoch(on: set, order: (0..<Int32(count)).map { $0 })
      } else {
        before = try model.epochTotals().loss
      }
      try model.enqueueStep()
      let own = try (model.epochTotals().loss - before) / Double(batch)
      #expect(abs(own - loss) < 1e-4 * loss, "\(name) on \(backend.summary.backend), step \(step + 1)")
    }
  }

  /// What the fixture's program draws for a parameter.
  private func values(_ parameter: Parameter) -> Matrix {
    let drawn = HashedValues(parameter.name)
    let values: [Float] =
      switch (parameter.shape.start, parameter.shape.name) {
      case (.drawn(let fanIn), _): drawn.floats(parameter.count, bound: (6 / Double(fanIn)).squareRoot())
      case (_, "scale"): drawn.floats(parameter.count, bound: 0.25).map { 1 + $0 }
      case (_, "bias"), (_, "shift"): drawn.floats(parameter.count, bound: 0.1)
      case (.constant(let value), _): [Float](repeating: value, count: parameter.count)
      }
    return Matrix(rows: parameter.rows, columns: parameter.columns, values: values)
  }
}

/// Values drawn from a hash of a name and a place, as Fixtures/torch_networks.py draws them.
private struct HashedValues {
  private let stream: UInt32

  init(_ name: String) {
    stream = name.utf8.reduce(0x811c_9dc5) { ($0 ^ UInt32($1)) &* 0x0100_0193 }
  }

  func bits(_ count: Int) -> [UInt32] { (0..<UInt32(count)).map { StepBits.hashed($0 &+ stream) } }

  /// From `-bound` to `bound`.
  func floats(_ count: Int, bound: Double) -> [Float] {
    bits(count).map { (Float($0 >> 8) * 0x1p-23 - 1) * Float(bound) }
  }
}
