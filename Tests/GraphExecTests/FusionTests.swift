import Device
import GraphExec
import Reference
import TestSupport
import Testing

/// What fusing operations into the matmuls may change: nothing.
@Suite(.serialized) struct FusionTests {
  @Test(
    "the fused and the unfused plan give the same bits",
    .needs(.openCL),
    arguments: KernelConfig.Family.allCases,
    [true, false])
  func fusedEqualsUnfused(family: KernelConfig.Family, outputRelu: Bool) throws {
    try compareFusion(on: TestDevice.backend(family), UpdateRule(), outputRelu: outputRelu)
  }

  @Test(
    "so they do with every optimizer, which remembers as much of each entry", .needs(.openCL),
    arguments: KernelConfig.Family.allCases)
  func everyOptimizer(family: KernelConfig.Family) throws {
    for optimizer in Optimizers.all.flatMap({ $0.examples as [any Optimizer] }) {
      for tracksMovement in [false, true] {
        var own = optimizer
        own.tracksMovement = tracksMovement
        try compareFusion(on: TestDevice.backend(family), UpdateRule(own), outputRelu: false)
      }
    }
  }

  private func compareFusion(on backend: OpenCLBackend, _ updates: UpdateRule, outputRelu: Bool) throws {
    let network = Network(layers: [37, 50, 33, 10], outputRelu: outputRelu)
    let set = try backend.upload(TestSet.images(count: 150, size: 37, seed: 5))
    let order = TestSet.order(150, seed: 3)
    let results = try [true, false].map { fused in
      let model = try backend.makeModel(
        ModelSpecification(network: network, batchSize: 64, updates: updates, masked: true, fused: fused))
      try model.load(.fresh(network))
      try model.enqueuePruning(PruningEvent(network.weights[0], unit: .weight, count: 900))
      try model.enqueuePruning(PruningEvent(network.weights[1], unit: .neuron, count: 11))
      let totals = try (0..<3).map { _ in try model.trainEpoch(on: set, order: order) }
      return (totals: totals, state: try model.state())
    }
    #expect(results[0].totals == results[1].totals)
    #expect(results[0].state == results[1].state)
    let slots = updates.optimizer.slots.count
    #expect(results[0].state.parameters.allSatisfy { $0.slots.count == slots })
  }

  @Test(
    "a batch larger than the weight gradient's panel takes the unfused update, with the same result",
    .needs(.openCL), arguments: [false, true])
  func largeBatch(masked: Bool) throws {
    let backend = try TestDevice.backend(.cpu)
    let network = Network(layers: [20, 40, 10])
    // A device's own panel holds as many images as it has local memory for, and more where its vectors are shorter.
    let isTooLarge = { (batch: Int) in
      let config = KernelConfig.choose(for: backend.context.device, batchSize: batch, family: .cpu)
      return !config.fusesUpdate(stride: config.stride(forBatch: batch))
    }
    let batch = try #require([1500, 3000, 6000, 12000].first(where: isTooLarge))
    let count = batch + 200
    let specification = ModelSpecification(network: network, batchSize: batch, masked: masked)
    let config = KernelConfig.choose(for: backend.context.device, batchSize: batch, family: .cpu)
    let plan = try Plan(
      ForwardPass(network).training(masked: specification.masked), specification: specification,
      config: config)
    #expect(plan.launches.contains { $0.kernel == "parameter_update" })
    // What a layer costs includes its update, also where that is a launch of its own.
    for kernel in ["matmul_weight_gradient", "parameter_update"] {
      let launches = plan.launches.filter { $0.kernel == kernel }
      #expect(launches.map { $0.product?.weight } == network.weights.reversed())
      #expect(launches.allSatisfy { $0.product?.pass == .weightGradient }, "\(kernel)")
    }
    let order = TestSet.order(count, seed: 3)
    let states = try [backend, CPUBackend()].map { (backend: any Backend) in
      let set = try backend.upload(TestSet.images(count: count, size: 20, seed: 5))
      let model = try backend.makeModel(specification)
      try model.load(.fresh(network))
      _ = try model.trainEpoch(on: set, order: order)
      return try model.state()
    }
    for layer in 0..<2 {
      for (a, b) in zip(
        states[0].parameters[layer].value.values, states[1].parameters[layer].value.values)
      {
        #expect(abs(a - b) < 1e-5)
      }
    }
  }

  @Test("the gradients of a tensor's readers are added, and gated, where the last of them is stored")
  func planHasNoAddition() throws {
    let network = try Network(
      input: Shape(2, 6, 6),
      layers: [
        Network.Layer("a", Conv2D(outputs: 4, kernel: 3, padding: 1)), Network.Layer("a.relu", ReLU()),
        Network.Layer("b", Conv2D(outputs: 4, kernel: 3, padding: 1)), Network.Layer("b.norm", BatchNorm()),
        Network.Layer("sum", Add(), inputs: ["b.norm", "a.relu"]), Network.Layer("sum.relu", ReLU()),
        Network.Layer("c", Conv2D(outputs: 4, kernel: 3)), Network.Layer("flat", Flatten()),
        Network.Layer("end", Linear(outputs: 10)),
      ])
    func kernels(fused: Bool) throws -> [String] {
      let specification = ModelSpecification(network: network, batchSize: 32, masked: false, fused: fused)
      return try Plan(
        ForwardPass(network).training(masked: []), specification: specification,
        config: .gpu(GPUTileSet(GPUTiles.all[0]))
      ).launches.map(\.kernel)
    }
    let additions: Set<String> = ["add", "relu_gate"]
    #expect(try kernels(fused: false).count { additions.contains($0) } == 4)
    #expect(try !kernels(fused: true).contains { additions.contains($0) })
  }

  @Test("the fused plan writes no weight gradient and launches each layer three times")
  func planHasNoGradient() throws {
    let network = Network(layers: [784, 1000, 10])
    for masked in [false, true] {
      let specification = ModelSpecification(network: network, batchSize: 256, masked: masked)
      let graph = try ForwardPass(network).training(masked: specification.masked)
      let config = KernelConfig.cpu(CPUTiles.choose(width: 16, localMemory: 1 << 20, batchSize: 256))
      let plan = try Plan(graph, specification: specification, config: config)
      for case .tensor(let id) in plan.buffers.keys {
        if case .gradient(let parameter) = graph[id].role { Issue.record("\(graph[parameter].name)") }
      }
      #expect(
        plan.launches.map(\.kernel) == [
          "begin_step", "gather_bytes", "matmul_forward_relu", "matmul_forward", "softmax_cross_entropy",
          "matmul_input_gradient_gated", "matmul_weight_gradient_update" + (masked ? "_masked" : ""),
          "matmul_weight_gradient_update" + (masked ? "_masked" : ""),
        ])
      // Three products a layer, but no gradient of the images; Adam's 12 operations an entry come on top.
      let products = 2 * 256 * (2 * 784_000 + 3 * 10_000)
      #expect(plan.flops >= products + 12 * 794_000 && plan.flops < products + 12 * 794_000 + 1_000_000)
    }
  }
}
