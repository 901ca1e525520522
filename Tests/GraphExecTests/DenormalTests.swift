import Device
import GraphExec
import Pruning
import Reference
import TestSupport
import Testing

/// Protects training from denormal numbers, into which moments and gradients decay as a network fits its data, and for
/// which some processors take twenty times as long.
@Suite(.serialized) struct DenormalTests {
  /// A network trained until its loss is under 1e-6, and then for as long as moments take to decay from there. The second
  /// moments forget soon, which makes both fast.
  private static func trained(on backend: any Backend, _ images: HostImages) throws -> ModelState {
    let network = Network(layers: [images.size, 48, 32, 10])
    let model = try backend.makeModel(
      ModelSpecification(
        network: network, batchSize: 16, updates: UpdateRule(Adam(learningRate: 0.01, beta2: 0.9)),
        masked: true))
    try model.load(.fresh(network))
    try model.enqueuePruning(PruningEvent(ParameterID(0), unit: .weight, count: 200))
    let set = try backend.upload(images)
    var epochs = 0
    while try model.evaluate(on: set).meanLoss > 1e-6 {
      _ = try model.trainEpoch(on: set, order: TestSet.order(images.count, seed: UInt64(epochs)))
      epochs += 1
      try #require(epochs < 2000, "the loss stays above 1e-6")
    }
    for epoch in 0..<400 {
      _ = try model.trainEpoch(on: set, order: TestSet.order(images.count, seed: UInt64(epochs + epoch)))
    }
    return try model.state()
  }

  @Test("a trained network has no denormal number in weights, moments, activations or outputs")
  func trainedNetworks() throws {
    let images = TestSet.images(count: 64, size: 16, seed: 4)
    for backend in try TestDevice.backends() {
      let state = try Self.trained(on: backend, images)
      let name = backend.summary.name
      for (what, matrices) in [
        ("weights", state.parameters.map(\.value)), ("first moments", state.parameters.map { $0.slots[0] }),
        ("second moments", state.parameters.map { $0.slots[1] }),
      ] {
        for (layer, matrix) in matrices.enumerated() {
          let count = matrix.values.count { $0.isSubnormal }
          #expect(count == 0, "\(what) of layer \(layer + 1) on \(name)")
        }
      }
      let set = try backend.upload(images)
      for depth in 1...3 {
        // The first layers alone: their outputs are what the next one is given.
        let weights = state.parameters[..<depth].map(\.value)
        let network = Network(layers: [16] + weights.map(\.columns), outputRelu: depth < 3)
        var specification = ModelSpecification(network: network, batchSize: 16, masked: false)
        specification.trains = false
        let model = try backend.makeModel(specification)
        try model.load(ModelState(initialValues: weights))
        let count = try model.outputs(of: set).count { $0.isSubnormal }
        #expect(count == 0, "activations of layer \(depth) on \(name)")
      }
    }
  }

  @Test("sums of products too small for a normal number are zero, on every thread of every backend")
  func products() throws {
    // Large enough to be shared out among all threads.
    let size = 512
    let network = Network(layers: [size, size])
    var specification = ModelSpecification(network: network, batchSize: size, masked: false)
    specification.trains = false
    let matrix = Matrix(
      rows: size, columns: size, values: [Float](repeating: 1e-20, count: size * size))
    let images = HostImages(
      features: .floats([Float](repeating: 1e-22, count: size * size)),
      labels: [UInt8](repeating: 0, count: size), size: size)
    for backend in try TestDevice.backends() {
      // Float images use a kernel that warming up does not: it is compiled at its first launch.
      let outputs = try Compilation.exclusively {
        let model = try backend.makeModel(specification)
        try model.load(ModelState(initialValues: [matrix]))
        return try model.outputs(of: backend.upload(images))
      }
      #expect(outputs.count == size * size)
      #expect(outputs.allSatisfy { $0 == 0 && !$0.isSubnormal }, "\(backend.summary.name)")
    }
  }

  @Test("the caller's own arithmetic keeps its denormal numbers")
  func callersKeepTheirs() throws {
    let backend = try CPUBackend()
    _ = try Self.modelThatRan(on: backend)
    let smallest = [Float.leastNormalMagnitude].shuffled()[0]
    #expect(smallest / 2 == Float(bitPattern: 0x0040_0000))
  }

  private static func modelThatRan(on backend: any Backend) throws -> any Model {
    let network = Network(layers: [8, 4])
    let model = try backend.makeModel(ModelSpecification(network: network, batchSize: 4, masked: true))
    try model.load(.fresh(network))
    try model.enqueuePruning(PruningEvent(ParameterID(0), unit: .neuron, count: 1))
    let set = try backend.upload(TestSet.images(count: 8, size: 8, classes: 4, seed: 1))
    _ = try model.trainEpoch(on: set, order: TestSet.order(8, seed: 1))
    _ = try model.evaluate(on: set)
    return model
  }

  @Test(
    "weights whose squares are denormal numbers are pruned alike on every backend",
    arguments: [PruningUnit.weight, .neuron], [Float(1e-19), 1e-20, 1e-38])
  func masksAgree(unit: PruningUnit, scale: Float) throws {
    let network = Network(layers: [31, 24, 10])
    var start = ModelState.fresh(network)
    for layer in start.parameters.indices {
      start.parameters[layer].value.values = start.parameters[layer].value.values.map { $0 * scale }
    }
    let policy = PruningPolicy(
      unit: unit, schedule: .constant(0.5), layers: LayerChoice(prunesOutput: true))
    let states = try TestDevice.backends().map { backend in
      let model = try backend.makeModel(ModelSpecification(network: network, batchSize: 16, masked: true))
      try model.load(start)
      try model.enqueue(policy.events(sparsity: 0.5, of: network))
      #expect(try model.counts().allSatisfy { $0.revived == 0 })
      return try model.state()
    }
    for state in states { #expect(state == states[0]) }
  }

  @Test("initial weights too small for a normal number are zero")
  func initialWeights() {
    let weights = WeightInitializer.normal(std: 1e-38).values(of: Network(layers: [50, 40]), seed: 1)
    #expect(weights[0].values.allSatisfy { !$0.isSubnormal })
    #expect(weights[0].values.contains { $0 == 0 } && weights[0].values.contains { $0 != 0 })
  }
}
