import Device
import Foundation
import GraphExec
import Reference
import TestSupport
import Testing

/// A small network trained by PyTorch (Fixtures/torch_replay.py), trained again here: same losses, predictions, weights
/// and slots, by each optimizer and schedule.
@Suite(.serialized) struct TorchReplayTests {
  private struct Fixture: Decodable {
    struct Training: Decodable {
      struct Epoch: Decodable {
        let loss: Double
        let correct: Int
      }
      let optimizer: Choice
      let schedule: Choice
      let learningRates: [Double]
      let masks: [[UInt8]]
      let epochs: [Epoch]
      let weights: [[Float]]
      let slots: [[[Float]]]
    }
    /// What a config would say of an optimizer or a schedule.
    struct Choice: Decodable {
      let name: String
      let learningRate, momentum, dampening, weightDecay, minimum, gamma, warmupEpochs: Double?
      let nesterov: Bool?
      let milestones: [Int]?
    }
    let layers: [Int]
    let batch: Int
    let images: [Float]
    let labels: [UInt8]
    let weights: [[Float]]
    let dense: [Training]
    let masked: [Training]
  }

  private static let fixture = Result {
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Fixtures/torch_replay.json")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(Fixture.self, from: Data(contentsOf: path))
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

  @Test("every step has the learning rate that PyTorch gives it")
  func learningRates() throws {
    let fixture = try Self.fixture.get()
    for training in fixture.dense {
      let updates = try updates(training)
      let stepsPerEpoch = (fixture.labels.count + fixture.batch - 1) / fixture.batch
      for (step, expected) in training.learningRates.enumerated() {
        let rate = updates.learningRate(
          step: step, stepsPerEpoch: stepsPerEpoch, epochs: training.epochs.count)
        #expect(abs(Double(rate) - expected) < 1e-7 * expected, "\(training.schedule), step \(step)")
      }
    }
  }

  private func updates(_ training: Fixture.Training) throws -> UpdateRule {
    let (choice, schedule) = (training.optimizer, training.schedule)
    let rate = try #require(choice.learningRate)
    let optimizer: any Optimizer =
      switch choice.name {
      case "adam": Adam(learningRate: rate)
      case "adamw": AdamW(Adam(learningRate: rate), weightDecay: choice.weightDecay ?? 0)
      default:
        SGD(
          learningRate: rate, momentum: choice.momentum ?? 0, dampening: choice.dampening ?? 0,
          weightDecay: choice.weightDecay ?? 0, nesterov: choice.nesterov ?? false)
      }
    let warmup = schedule.warmupEpochs ?? 0
    let rates: any RateSchedule =
      switch schedule.name {
      case "constant": ConstantRate(warmupEpochs: warmup)
      case "step":
        StepRate(milestones: schedule.milestones ?? [], gamma: schedule.gamma ?? 0, warmupEpochs: warmup)
      default: CosineRate(minimum: schedule.minimum ?? 0, warmupEpochs: warmup)
      }
    return UpdateRule(optimizer, schedule: rates)
  }

  private func followTorch(on backend: any Backend, masked: Bool) throws {
    let fixture = try Self.fixture.get()
    for expected in masked ? fixture.masked : fixture.dense {
      // Float images use a kernel that warming up does not: it is compiled at its first launch.
      try Compilation.exclusively { try follow(expected, of: fixture, on: backend) }
    }
  }

  private func follow(_ expected: Fixture.Training, of fixture: Fixture, on backend: any Backend) throws {
    let network = Network(layers: fixture.layers)
    func matrices(_ values: [[Float]]) -> [Matrix] {
      values.enumerated().map { layer, values in
        Matrix(rows: fixture.layers[layer], columns: fixture.layers[layer + 1], values: values)
      }
    }
    var specification = ModelSpecification(
      network: network, batchSize: fixture.batch, updates: try updates(expected), masked: true)
    specification.epochs = expected.epochs.count
    let model = try backend.makeModel(specification)
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
    // Adam's second moments are squares of small numbers.
    let tolerances: [Float] = [2e-6, 2e-7]
    #expect(state.parameters.allSatisfy { $0.slots.count == expected.slots.count })
    let slots = expected.slots.enumerated().map { slot, want in
      (state.parameters.map { $0.slots[slot] }, want, tolerances[slot])
    }
    for (got, want, tolerance) in [(state.parameters.map(\.value), expected.weights, 2e-5)] + slots {
      for layer in want.indices {
        for (a, b) in zip(got[layer].values, want[layer]) {
          #expect(abs(a - b) < tolerance, "\(expected.optimizer)")
        }
      }
    }
    #expect(state.masks == expected.masks)
  }
}
