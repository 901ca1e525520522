import Device
import GraphExec
import TestSupport
import Testing

/// Protects what makes the choice free: a step of training in one launch, whose groups wait for one another, gives the bits of
/// the layers one by one. PoCL has no such steps, and there is nothing to see on it: `scripts/test-drivers` runs these tests on
/// Intel's runtime, which has.
@Suite(.serialized, .needs(.openCL))
struct WholeStepTests {
  /// What two epochs make of a model: its loss and hits in each, and all that it has learned.
  private struct Results: Equatable {
    var totals: [EpochTotals] = []
    var state: [[UInt32]] = []
  }

  /// - Parameter forms: `blocks` takes one launch wherever there are kernels for it.
  private static func results(
    _ specification: ModelSpecification, _ state: ModelState, _ images: HostImages, _ forms: ForwardForms
  ) throws -> Results {
    let backend = try OpenCLBackend(TestDevice.openCL(), family: .gpu, forms: forms)
    #expect(try backend.stepTimes(of: specification).isEmpty == (forms == .layers))
    let set = try backend.upload(images)
    let model = try backend.makeModel(specification)
    try model.load(state)
    var results = Results()
    for seed: UInt64 in [3, 4] {
      results.totals.append(try model.trainEpoch(on: set, order: TestSet.order(set.count, seed: seed)))
    }
    results.state = try model.state().parameters.map {
      $0.matrices(slots: specification.updates.optimizer.slots.count).flatMap(\.values).map(\.bitPattern)
    }
    return results
  }

  private static func expectSameBits(
    _ specification: ModelSpecification, _ state: ModelState, _ images: HostImages, what: String
  ) throws {
    let results = try [ForwardForms.layers, .blocks].map {
      try Self.results(specification, state, images, $0)
    }
    #expect(results[0] == results[1], "\(what)")
  }

  @Test(
    "batches of any size, the last one smaller, of bytes and of floats",
    arguments: [(3, 7), (256, 300)])
  func batchSizes(batchSize: Int, count: Int) throws {
    guard TestDevice.ordersGroups else { return }
    let network = Network(layers: [83, 70, 24, 10])
    let specification = ModelSpecification(network: network, batchSize: batchSize, masked: false)
    var images = TestSet.images(count: count, size: 83, seed: 2)
    try Self.expectSameBits(specification, .fresh(network), images, what: "bytes")
    if case .bytes(let bytes) = images.features {
      images.features = .floats(bytes.map { Float($0) / 100 - 1 })
    }
    try Self.expectSameBits(specification, .fresh(network), images, what: "floats")
  }

  @Test(
    "masks, biases, labels that are smoothed, and optimizers with no slot and with three",
    arguments: [UpdateRule(SGD(learningRate: 0.1)), .moving])
  func optimizers(updates: UpdateRule) throws {
    guard TestDevice.ordersGroups else { return }
    let (network, state) = try ModelState.ofFourLayers()
    for isMasked in [false, true] {
      var specification = ModelSpecification(
        network: network, batchSize: 96, updates: updates, masked: isMasked)
      specification.loss = SoftmaxCrossEntropy(labelSmoothing: isMasked ? 0.1 : 0)
      try Self.expectSameBits(
        specification, isMasked ? state : .fresh(network, seed: 3),
        TestSet.images(count: 250, size: 83, seed: 2), what: isMasked ? "masked" : "dense")
    }
  }

  @Test("two models at once on queues of their own, whose groups keep to themselves")
  func together() async throws {
    guard TestDevice.ordersGroups else { return }
    let network = Network(layers: [83, 70, 24, 10])
    let specification = ModelSpecification(network: network, batchSize: 32, masked: false)
    let images = TestSet.images(count: 320, size: 83, seed: 2)
    let alone = try Self.results(specification, .fresh(network), images, .blocks)
    let both = try await withThrowingTaskGroup(of: Results.self) { group in
      for _ in 0..<2 {
        group.addTask { try Self.results(specification, .fresh(network), images, .blocks) }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(both == [alone, alone])
  }
}
