import Device
import GraphExec
import TestSupport
import Testing

/// Convolutions executed over their surviving entries against the same ones masked: the two forms are one network.
@Suite(.serialized, .needs(.openCL))
struct SparseConvolutionTests {
  typealias Layer = Network.Layer

  /// Convolutions with all that can join their stores: batch norm, bias, ReLU, a residual addition; steps and paddings; and
  /// one whose output is flat, so that what reads it takes no borders.
  private static func network() throws -> Network {
    try Network(
      input: Shape(3, 9, 8),
      layers: [
        Layer("a", Conv2D(outputs: 8, kernel: 3, padding: 1)), Layer("a.norm", BatchNorm()),
        Layer("a.relu", ReLU()), Layer("b", Conv2D(outputs: 8, kernel: 3, padding: 1, bias: true)),
        Layer("b.relu", ReLU()), Layer("c", Conv2D(outputs: 8, kernel: 3, padding: 1)),
        Layer("c.norm", BatchNorm()), Layer("sum", Add(), inputs: ["c.norm", "a.relu"]),
        Layer("sum.relu", ReLU()), Layer("d", Conv2D(outputs: 12, kernel: 3, stride: 2, padding: 1)),
        Layer("d.relu", ReLU()), Layer("e", Conv2D(outputs: 6, kernel: 1, stride: 2, bias: true)),
        Layer("e.relu", ReLU()), Layer("f", Conv2D(outputs: 9, kernel: 2, stride: 3, bias: true)),
        Layer("f.relu", ReLU()), Layer("g", Linear(outputs: 10)),
      ])
  }

  /// A masked model with much of each convolution pruned, and one over what survives, in the same state.
  private static func models(_ backend: OpenCLBackend, batchSize: Int) throws -> (any Model, any Model) {
    let network = try network()
    let masked = try backend.makeModel(
      ModelSpecification(network: network, batchSize: batchSize, masked: true))
    try masked.load(.fresh(network))
    for weight in network.weights.dropLast() {
      try masked.enqueuePruning(PruningEvent(weight, unit: .weight, count: network[weight].count * 7 / 10))
    }
    // Filters without an entry, and channels that nothing reads.
    try masked.enqueuePruning(PruningEvent(network.weights[2], unit: .neuron, count: 3))
    let start = try masked.state()
    let sparse = try backend.makeModel(
      ModelSpecification(
        network: network, batchSize: batchSize, formats: sparseFormats(network, start.masks)))
    try sparse.load(start)
    return (masked, sparse)
  }

  private static func sparseFormats(_ network: Network, _ masks: [[UInt8]]) -> [LayerFormat] {
    zip(network.parameters, masks).map { parameter, mask in
      // A pruned filter's bias and batch norm are pruned with it.
      parameter.isWeight
        ? .sparse(SparsePattern(mask: mask, rows: parameter.rows, columns: parameter.columns)) : .masked
    }
  }

  @Test(
    "forward products and input gradients have the masked form's bits, and training follows it",
    arguments: KernelConfig.Family.allCases, [16, 48, 300])
  func trainingAgrees(family: KernelConfig.Family, batchSize: Int) throws {
    let backend = try TestDevice.backend(family)
    let (masked, sparse) = try Self.models(backend, batchSize: batchSize)
    let network = masked.specification.network
    let set = try backend.upload(TestSet.images(count: 330, size: network.inputs, seed: 5))
    // There and back, bit for bit.
    #expect(try sparse.state() == masked.state())
    #expect(try sparse.counts().map(\.survivors) == masked.counts().map(\.survivors))
    #expect(try sparse.counts().map(\.liveColumns) == masked.counts().map(\.liveColumns))
    #expect(try sparse.outputs(of: set) == masked.outputs(of: set))
    let order = TestSet.order(330, seed: 3)
    for model in [masked, sparse] {
      try model.beginEpoch(on: set, order: order)
      try model.enqueueStep()
    }
    // After a step, biases and batch norms show the sums of the gradients that came through all input gradients behind.
    let (one, other) = (try masked.state(), try sparse.state())
    for (index, parameter) in network.parameters.enumerated() where !parameter.isWeight {
      #expect(one.parameters[index].value == other.parameters[index].value, "\(parameter.name)")
      #expect(one.parameters[index].slots == other.parameters[index].slots, "\(parameter.name)")
    }
    for _ in 0..<2 {
      let a = try masked.trainEpoch(on: set, order: order)
      let b = try sparse.trainEpoch(on: set, order: order)
      #expect(abs(a.loss - b.loss) < 1e-3 * a.loss)
    }
    let (a, b) = (try masked.state(), try sparse.state())
    #expect(a.masks == b.masks && a.step == b.step)
    for weight in network.weights {
      for (x, y) in zip(a[weight].value.values, b[weight].value.values) { #expect(abs(x - y) < 2e-3) }
    }
  }

  @Test("a convolution with one entry, and one with none, run", arguments: KernelConfig.Family.allCases)
  func nearlyEmpty(family: KernelConfig.Family) throws {
    let backend = try TestDevice.backend(family)
    let network = try Network(
      input: Shape(2, 5, 5),
      layers: [
        Layer("a", Conv2D(outputs: 3, kernel: 3, padding: 1, bias: true)), Layer("a.relu", ReLU()),
        Layer("b", Conv2D(outputs: 4, kernel: 3, bias: true)), Layer("flat", Flatten()),
        Layer("c", Linear(outputs: 10)),
      ])
    var state = ModelState.fresh(network, seed: 2)
    for (place, weight) in network.weights.dropLast().enumerated() {
      for index in state[weight].mask.indices where !(place == 0 && index == 7) {
        state.parameters[weight.index].mask[index] = 0
        state.parameters[weight.index].value.values[index] = 0
      }
    }
    let model = try backend.makeModel(
      ModelSpecification(network: network, batchSize: 32, formats: Self.sparseFormats(network, state.masks)))
    try model.load(state)
    let set = try backend.upload(TestSet.images(count: 40, size: network.inputs, seed: 1))
    let totals = try model.trainEpoch(on: set, order: TestSet.order(40, seed: 1))
    #expect(totals.images == 40 && totals.loss.isFinite)
    #expect(try network.weights.map { try model.counts()[$0.index].survivors } == [1, 0, 360])
  }

  @Test(
    "no gradient of a weight is written, and no tensor is larger than in the masked form",
    arguments: KernelConfig.Family.allCases)
  func plans(family: KernelConfig.Family) throws {
    let network = try Self.network()
    let masks = network.parameters.map { (0..<$0.count).map { UInt8($0 % 5 == 0 ? 1 : 0) } }
    let config = KernelConfig.choose(for: try TestDevice.openCL(), batchSize: 32, family: family)
    func plan(_ formats: [LayerFormat]) throws -> (plan: Plan, graph: Graph) {
      let specification = ModelSpecification(network: network, batchSize: 32, formats: formats)
      let graph = try ForwardPass(network).training(specification)
      return (try Plan(graph, specification: specification, config: config), graph)
    }
    let sparse = try plan(Self.sparseFormats(network, masks))
    let masked = try plan([LayerFormat](repeating: .masked, count: network.parameters.count))
    let kernels = Set(sparse.plan.launches.map(\.kernel))
    #expect(!kernels.contains { $0.hasPrefix("conv_") })
    for (id, bytes) in sparse.plan.buffers {
      switch id {
      case .tensor(let tensor):
        guard case .gradient(let parameter) = sparse.graph[tensor].role else { continue }
        #expect(!network[parameter].isWeight, "\(network[parameter].name)")
      case .activations: #expect(bytes == masked.plan.buffers[id])
      default: break
      }
    }
  }
}
