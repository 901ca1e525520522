import GraphExec
import Reference
import Testing

/// The CPU backend where no device is needed to tell that it is right.
@Suite struct CPUBackendTests {
  @Test("a forward pass done by hand")
  func forwardByHand() throws {
    let network = Network(layers: [2, 2, 2])
    let model = try CPUBackend().makeModel(ModelSpecification(network: network, batchSize: 3, masked: false))
    let weights = [
      Matrix(rows: 2, columns: 2, values: [1, -1, 2, 1]), Matrix(rows: 2, columns: 2, values: [1, 0, -1, 3]),
    ]
    try model.load(ModelState(initialValues: weights))
    let set = try CPUBackend().upload(
      HostImages(features: .floats([1, 1, 2, -1, 0, 0, 1, 0]), labels: [0, 1, 0, 0], size: 2))
    // Hidden (3, 0), (0, 0), (0, 0), (1, 0): ReLU closes the others. Four images, batches of 3 and 1.
    #expect(try model.outputs(of: set) == [3, 0, 0, 0, 0, 0, 1, 0])
    let totals = try model.evaluate(on: set)
    // Of equal logits the first class is the prediction.
    #expect(totals.correct == 3 && totals.images == 4)
  }

  @Test("the first step of Adam moves each weight by the learning rate, against its gradient")
  func firstStep() throws {
    let network = Network(layers: [2, 2])
    let model = try CPUBackend().makeModel(
      ModelSpecification(
        network: network, batchSize: 1, updates: UpdateRule(Adam(learningRate: 0.01)), masked: false))
    try model.load(ModelState(initialValues: [Matrix(rows: 2, columns: 2)]))
    let set = try CPUBackend().upload(HostImages(features: .bytes([255, 0]), labels: [1], size: 2))
    _ = try model.trainEpoch(on: set, order: [0])
    let weights = try model.state().parameters[0].value.values
    #expect(abs(weights[0] + 0.01) < 1e-6 && abs(weights[1] - 0.01) < 1e-6)
    // A black pixel has no gradient.
    #expect(weights[2] == 0 && weights[3] == 0)
  }
}
