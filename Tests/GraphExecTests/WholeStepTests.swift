import Device
import GraphExec
import TestSupport
import Testing

/// Protects what makes the choice free: a step of training in one launch, whose groups wait for one another, gives the bits of
/// the layers one by one. Few devices have such steps, and on others there is nothing to see: `whittle verify` checks their tensors
/// on a simulator, too.
@Suite(.serialized, .needs(.openCL))
struct WholeStepTests {
  /// What two epochs make of a model: its loss and hits in each, and all that it has learned.
  private struct Results: Equatable {
    var totals: [EpochTotals] = []
    var state: [[UInt32]] = []
  }

  private static func backend(_ forms: ForwardForms) throws -> OpenCLBackend {
    try OpenCLBackend(TestDevice.openCL(), family: .gpu, forms: forms)
  }

  private static func results(
    _ specification: ModelSpecification, _ state: ModelState, _ images: HostImages, _ forms: ForwardForms
  ) throws -> Results {
    let backend = try Self.backend(forms)
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

  /// - Returns: how many ways there are for the step.
  private static func ways(_ specification: ModelSpecification) throws -> Int {
    try backend(.blocks).stepTimes(of: specification).count
  }

  private static func expectSameBits(
    _ specification: ModelSpecification, _ state: ModelState, _ images: HostImages, what: String = ""
  ) throws {
    #expect(try ways(specification) > 1, "\(what)")
    let results = try [ForwardForms.layers, .blocks].map {
      try Self.results(specification, state, images, $0)
    }
    #expect(results[0] == results[1], "\(what)")
  }

  @Test(
    "batches of any size, the last one smaller, of bytes and of floats",
    arguments: [(1, 1), (3, 7), (33, 77), (100, 250), (256, 300)])
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
    "masks, biases, labels that are smoothed, and every optimizer, movement beside it",
    arguments: Optimizers.all.flatMap { $0.examples as [any Optimizer] }.map { UpdateRule($0) } + [moving])
  func optimizers(updates: UpdateRule) throws {
    guard TestDevice.ordersGroups else { return }
    let network = try Network(
      input: Shape(83),
      layers: [
        Network.Layer("a", Linear(outputs: 70, bias: true)), Network.Layer("relu", ReLU()),
        Network.Layer("b", Linear(outputs: 24)), Network.Layer("relu2", ReLU()),
        Network.Layer("c", Linear(outputs: 150, bias: true)), Network.Layer("d", Linear(outputs: 10)),
      ])
    var state = ModelState.fresh(network, seed: 3)
    for weight in network.weights {
      for index in state[weight].mask.indices where index % 3 == 0 {
        state.parameters[weight.index].mask[index] = 0
        state.parameters[weight.index].value.values[index] = 0
      }
    }
    for isMasked in [false, true] {
      var specification = ModelSpecification(
        network: network, batchSize: 96, updates: updates, masked: isMasked)
      specification.loss = SoftmaxCrossEntropy(labelSmoothing: isMasked ? 0.1 : 0)
      try Self.expectSameBits(
        specification, isMasked ? state : .fresh(network, seed: 3),
        TestSet.images(count: 250, size: 83, seed: 2), what: isMasked ? "masked" : "dense")
    }
  }

  private static let moving: UpdateRule = {
    var optimizer = Adam()
    optimizer.tracksMovement = true
    return UpdateRule(optimizer)
  }()

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
