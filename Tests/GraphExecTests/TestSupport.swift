import Device
import GraphExec
import Reference
import TestSupport
import Testing

extension TestDevice {
  /// A backend on the OpenCL device with one family's kernels; the tests of this process share it, and with it what is
  /// compiled.
  static func backend(_ family: KernelConfig.Family) throws -> OpenCLBackend {
    try (family == .cpu ? cpuFamily : gpuFamily).get()
  }

  /// Every backend that this machine has: without an OpenCL device, the CPU backend alone.
  static func backends() throws -> [any Backend] {
    try (Need.openCL.isMet() ? KernelConfig.Family.allCases.map(backend) : []) + [CPUBackend()]
  }

  /// Whether the OpenCL device orders what groups write for one another.
  static let ordersGroups = (try? openCL().ordersGroups) ?? false

  private static let cpuFamily = Result { try OpenCLBackend(openCL(), family: .cpu) }
  private static let gpuFamily = Result { try OpenCLBackend(openCL(), family: .gpu) }
}

extension Backend {
  /// A model that runs a forward pass of its own over the network's parameters.
  func makeModel(_ specification: ModelSpecification, of forward: ForwardPass) throws -> any Model {
    if let backend = self as? OpenCLBackend { return try backend.makeModel(specification, forward: forward) }
    let backend = try #require(self as? CPUBackend)
    return try backend.makeModel(specification, forward: forward)
  }
}

/// Small random data sets.
enum TestSet {
  static func images(count: Int, size: Int, classes: Int = 10, seed: UInt64) -> HostImages {
    var random = SplitMix64(seed: seed, stream: 0)
    let bytes = (0..<count * size).map { _ in UInt8.random(in: 0...255, using: &random) }
    let labels = (0..<count).map { _ in UInt8.random(in: 0..<UInt8(classes), using: &random) }
    return HostImages(features: .bytes(bytes), labels: labels, size: size)
  }

  static func order(_ count: Int, seed: UInt64) -> [Int32] {
    var random = SplitMix64(seed: seed, stream: 1)
    return random.permutation(count)
  }
}

extension ModelState {
  /// A fresh network's state.
  static func fresh(_ network: Network, seed: UInt64 = 1) -> ModelState {
    ModelState(initialValues: WeightInitializer.heNormal.values(of: network, seed: seed))
  }
}

extension ModelState {
  /// Four linear layers, two of them with biases, and a state in which a third of each weight's entries are pruned.
  static func ofFourLayers() throws -> (Network, ModelState) {
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
    return (network, state)
  }
}

extension UpdateRule {
  /// Adam that adds up movement.
  static let moving: UpdateRule = {
    var optimizer = Adam()
    optimizer.tracksMovement = true
    return UpdateRule(optimizer)
  }()
}
