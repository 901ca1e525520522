import Device
import GraphExec
import TestSupport
import Testing

/// Protects what makes the choice free: a forward pass by blocks of images through all layers gives the bits of the layers one
/// by one.
@Suite(.serialized, .needs(.openCL))
struct BlocksTests {
  /// What a model puts out in one form.
  private struct Results: Equatable {
    var outputs: [UInt32]
    /// Fresh, and where it trains after an epoch, with that epoch's.
    var totals: [EpochTotals] = []
    /// Where it trains, what it has learned.
    var state: [[UInt32]] = []
  }

  /// - Parameter forms: `blocks` takes blocks wherever there are kernels for them.
  private static func results(
    _ specification: ModelSpecification, _ state: ModelState, _ images: HostImages, _ forms: ForwardForms
  ) throws -> Results {
    let backend = try OpenCLBackend(TestDevice.openCL(), family: .cpu, forms: forms)
    let set = try backend.upload(images)
    let model = try backend.makeModel(specification)
    try model.load(state)
    var results = Results(outputs: [], totals: [try model.evaluate(on: set)])
    if specification.trains {
      for seed in [3, 4] {
        results.totals.append(
          try model.trainEpoch(on: set, order: TestSet.order(set.count, seed: UInt64(seed))))
        results.totals.append(try model.evaluate(on: set))
      }
      results.state = try model.state().parameters.map {
        $0.matrices(slots: specification.updates.optimizer.slots.count).flatMap(\.values).map(\.bitPattern)
      }
    }
    results.outputs = try model.outputs(of: set).map(\.bitPattern)
    return results
  }

  private static func expectSameBits(
    _ specification: ModelSpecification, _ state: ModelState, _ images: HostImages
  ) throws {
    for trains in [true, false] {
      var specification = specification
      specification.trains = trains
      let results = try [ForwardForms.layers, .blocks, .shared].map {
        try Self.results(specification, state, images, $0)
      }
      #expect(results[0] == results[1] && results[0] == results[2])
    }
  }

  @Test(
    "batches of any size, the last one smaller",
    arguments: [
      (1, 1), (1, 3), (2, 7), (3, 3), (5, 4), (5, 12), (8, 8), (8, 20), (9, 20), (33, 77), (100, 250),
      (256, 300),
    ])
  func batchSizes(batchSize: Int, count: Int) throws {
    // Its first layer has several parts where groups share it out.
    let network = Network(layers: [403, 410, 24, 10])
    try Self.expectSameBits(
      ModelSpecification(network: network, batchSize: batchSize, masked: false), .fresh(network),
      TestSet.images(count: count, size: 403, seed: 2))
  }

  @Test(
    "a step in two launches: masks, CSR, biases, labels that are smoothed, and every optimizer, movement beside it",
    arguments: Optimizers.all.flatMap { $0.examples as [any Optimizer] }.map { UpdateRule($0) } + [.moving])
  func step(updates: UpdateRule) throws {
    let (network, state) = try ModelState.ofFourLayers()
    for format in ["dense", "masked", "CSR"] {
      var specification = ModelSpecification(
        network: network, batchSize: 96, updates: updates, masked: format == "masked")
      specification.loss = SoftmaxCrossEntropy(labelSmoothing: format == "masked" ? 0.1 : 0)
      if format == "CSR" { specification.formats = Self.sparseFormats(network, state) }
      let trial = format == "dense" ? .fresh(network, seed: 3) : state
      #expect(try Self.runsInTwoLaunches(specification), "\(format)")
      try Self.expectSameBits(specification, trial, TestSet.images(count: 250, size: 83, seed: 2))
    }
  }

  /// All weights over surviving entries.
  private static func sparseFormats(_ network: Network, _ state: ModelState) -> [LayerFormat] {
    network.parameters.enumerated().map { index, parameter in
      parameter.isWeight
        ? .sparse(SparsePattern(mask: state.masks[index], rows: parameter.rows, columns: parameter.columns))
        : .dense
    }
  }

  private static func runsInTwoLaunches(_ specification: ModelSpecification) throws -> Bool {
    let backend = try OpenCLBackend(TestDevice.openCL(), family: .cpu, forms: .blocks)
    return try backend.stepTimes(of: specification).count > 1
  }

  @Test(
    "weights in CSR, one with a row and a column without entries, and floats for images",
    arguments: [(1, 1), (1, 90), (4, 4), (40, 90)])
  func sparse(batchSize: Int, count: Int) throws {
    let network = try Network(
      input: Shape(37),
      layers: [
        Network.Layer("a", Linear(outputs: 45, bias: true)), Network.Layer("relu", ReLU()),
        Network.Layer("dropout", Dropout(rate: 0.25)), Network.Layer("b", Linear(outputs: 19)),
        Network.Layer("c", Linear(outputs: 10, bias: true)),
      ])
    var state = ModelState.fresh(network, seed: 3)
    for (place, weight) in network.weights.enumerated() {
      for index in state[weight].mask.indices
      where (index * 7 + index / 5) % (place + 4) != 0 || index < 19 || place == 1 && index % 19 == 3 {
        state.parameters[weight.index].mask[index] = 0
        state.parameters[weight.index].value.values[index] = 0
      }
    }
    let formats = network.parameters.enumerated().map { index, parameter -> LayerFormat in
      guard parameter.isWeight, index > 0 else { return .dense }
      return .sparse(
        SparsePattern(mask: state.masks[index], rows: parameter.rows, columns: parameter.columns))
    }
    var images = TestSet.images(count: count, size: 37, seed: 5)
    if case .bytes(let bytes) = images.features {
      images.features = .floats(bytes.map { Float($0) / 100 - 1 })
    }
    try Self.expectSameBits(
      ModelSpecification(network: network, batchSize: batchSize, formats: formats), state, images)
  }

  @Test(
    "weights in CSR whose rows are taken in tiles, forward and back, and in one of few images",
    arguments: [4, 64, 100])
  func tiles(batchSize: Int) throws {
    let network = Network(layers: [250, 231, 130, 10])
    var state = ModelState.fresh(network, seed: 3)
    for weight in network.weights {
      for index in state[weight].mask.indices
      where index % 5 < 2 || index % 7 == 0 || index % 23 < index / 997 % 20 {
        state.parameters[weight.index].mask[index] = 0
        state.parameters[weight.index].value.values[index] = 0
      }
    }
    try Self.expectSameBits(
      ModelSpecification(
        network: network, batchSize: batchSize, formats: Self.sparseFormats(network, state)), state,
      TestSet.images(count: 150, size: 250, seed: 5))
  }

  @Test(
    "convolutions with a border, batch norm, a residual block and poolings",
    arguments: [(1, 1), (1, 90), (3, 3), (40, 90)], [false, true])
  func convolutions(of images: (batchSize: Int, count: Int), isSparse: Bool) throws {
    let network = try Network(
      input: Shape(2, 9, 10),
      layers: [
        Network.Layer("conv1", Conv2D(outputs: 19, kernel: 3, padding: 1)),
        Network.Layer("norm1", BatchNorm()),
        Network.Layer("relu1", ReLU()),
        Network.Layer("conv2", Conv2D(outputs: 19, kernel: 3, padding: 1)),
        Network.Layer("norm2", BatchNorm()),
        Network.Layer("add", Add(), inputs: ["norm2", "relu1"]), Network.Layer("relu2", ReLU()),
        Network.Layer("pool1", MaxPool(PoolWindow(kernel: 2))), Network.Layer("relu3", ReLU()),
        Network.Layer("conv3", Conv2D(outputs: 7, kernel: 3, stride: 2, padding: 2, bias: true)),
        Network.Layer("pool2", AveragePool(PoolWindow(kernel: 2, stride: 1, padding: 1))),
        Network.Layer("flatten", Flatten()), Network.Layer("output", Linear(outputs: 10, bias: true)),
      ])
    var state = ModelState.fresh(network, seed: 4)
    for weight in network.weights where isSparse {
      for index in state[weight].mask.indices where index % 3 != 0 {
        state.parameters[weight.index].mask[index] = 0
        state.parameters[weight.index].value.values[index] = 0
      }
    }
    let formats = network.parameters.enumerated().map { index, parameter -> LayerFormat in
      guard isSparse, parameter.isWeight else { return .dense }
      return .sparse(
        SparsePattern(mask: state.masks[index], rows: parameter.rows, columns: parameter.columns))
    }
    let specification = ModelSpecification(network: network, batchSize: images.batchSize, formats: formats)
    try Self.expectSameBits(specification, state, TestSet.images(count: images.count, size: 180, seed: 6))
    #expect(try Self.plan(specification).preparation.contains { $0.file == "channels.cl" })
  }

  @Test("the choice is measured once for all models of a form")
  func measuredOnce() throws {
    let backend = try OpenCLBackend(TestDevice.openCL(), family: .cpu)
    let network = Network(layers: [30, 40, 10])
    func times(_ batchSize: Int, masked: Bool) throws -> [Duration] {
      let specification = ModelSpecification(network: network, batchSize: batchSize, masked: masked)
      return try backend.forwardTimes(of: specification).map(\.time)
    }
    let first = try times(64, masked: true)
    #expect(first.count == 2)
    #expect(try times(64, masked: false) == first)
    #expect(try times(128, masked: false) != first)
    // Of a weight with few entries larger blocks are tried, too.
    let state = ModelState.fresh(network)
    let sparse = ModelSpecification(
      network: network, batchSize: 64, formats: Self.sparseFormats(network, state))
    #expect(try backend.forwardTimes(of: sparse).map { $0.way?.images } == [nil, 32, 64])
    // Of layers with pixels smaller ones.
    let pixels = try Network(
      input: Shape(1, 4, 4),
      layers: [
        Network.Layer("conv", Conv2D(outputs: 3, kernel: 3)), Network.Layer("flatten", Flatten()),
        Network.Layer("output", Linear(outputs: 10)),
      ])
    let convolutional = ModelSpecification(network: pixels, batchSize: 64, masked: false)
    #expect(try backend.forwardTimes(of: convolutional).map { $0.way?.images } == [nil, 16, 32])
  }

  @Test("networks with names run in blocks", arguments: ["lenet-300-100", "lenet-5", "resnet-20", "vgg-11"])
  func presets(name: String) throws {
    let preset = try #require(NetworkPresets.all.first { $0.name == name })
    let network = try preset.network(input: preset.designedFor, classes: 10)
    let plan = try Self.plan(ModelSpecification(network: network, batchSize: 64, masked: false))
    #expect(plan.launches.first?.kernel == "network_bytes")
  }

  @Test("all groups share out the layers of a single block, whose activations they have in common")
  func shares() throws {
    let network = Network(layers: [83, 70, 24, 24, 10])
    let config = KernelConfig.choose(for: try TestDevice.openCL(), batchSize: 1, family: .cpu)
    var specification = ModelSpecification(network: network, batchSize: 1, masked: false)
    specification.trains = false
    let plan = try Plan(
      ForwardPass(network).evaluation, specification: specification, config: config)
    func shared(images: Int) throws -> (launches: [String], slots: Int?) {
      let form = BlockForm(images: 1, groups: 3, part: 1000)
      let shared = try #require(plan.inBlocks(form, ofSet: images, specification))
      return (
        shared.launches.filter { $0.file == "network_cpu.cl" }.map {
          "\($0.kernel), \($0.geometry.global[0])"
        },
        shared.buffers[.blocks(.slots)]
      )
    }
    let (one, two) = (try shared(images: 1), try shared(images: 2))
    #expect(one.launches == ["network_share_bytes, 3"])
    // Of several blocks each has a group of its own.
    #expect(two.launches == ["network_bytes, 2"])
    #expect(two.slots == one.slots.map { 2 * $0 })
  }

  /// The plan in blocks.
  private static func plan(_ specification: ModelSpecification) throws -> Plan {
    let config = KernelConfig.choose(
      for: try TestDevice.openCL(), batchSize: specification.batchSize, family: .cpu)
    let plan = try Plan(
      ForwardPass(specification.network).evaluation, specification: specification, config: config)
    let size = try #require(config.blockSizes(forBatch: specification.batchSize).first)
    return try #require(plan.inBlocks(BlockForm(images: size, groups: 2), ofSet: 1000, specification))
  }
}
