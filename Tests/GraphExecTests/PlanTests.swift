import GraphExec
import Testing

/// The launches of a training step, as they were measured and published.
@Suite struct PlanTests {
  private static let challenge = Network(layers: [784, 1000, 1000, 500, 200, 10])

  private func launches(_ config: KernelConfig, _ specification: ModelSpecification) throws -> [String] {
    let graph = try ForwardPass(specification.network).training(masked: specification.masked)
    return try Plan(graph, specification: specification, config: config).launches.map {
      "\($0.label): \($0.kernel) \($0.shape) \($0.geometry)"
    }
  }

  @Test("a step of the challenge's network on a CPU device with vectors of 16")
  func cpu() throws {
    let config = KernelConfig.cpu(CPUTiles.choose(width: 16, localMemory: 1 << 20, batchSize: 256))
    let specification = ModelSpecification(network: Self.challenge, batchSize: 256, masked: true)
    #expect(
      try launches(config, specification) == [
        "next batch: begin_step 1 1/1",
        "gather: gather_bytes 784x256 16x49/16x1",
        "layer 1 forward: matmul_forward_relu 784x1000x256 63x1/1x1",
        "layer 2 forward: matmul_forward_relu 1000x1000x256 63x1/1x1",
        "layer 3 forward: matmul_forward_relu 1000x500x256 32x1/1x1",
        "layer 4 forward: matmul_forward_relu 500x200x256 13x2/1x1",
        "layer 5 forward: matmul_forward 200x10x256 1x2/1x1",
        "loss: softmax_cross_entropy 10x256 16/16",
        "layer 5 input gradient: matmul_input_gradient_gated 200x10x256 20/1",
        "layer 5 weight gradient: matmul_weight_gradient_update_masked 200x10x256 1x2/1x1",
        "layer 4 input gradient: matmul_input_gradient_gated 500x200x256 50/1",
        "layer 4 weight gradient: matmul_weight_gradient_update_masked 500x200x256 7x4/1x1",
        "layer 3 input gradient: matmul_input_gradient_gated 1000x500x256 100/1",
        "layer 3 weight gradient: matmul_weight_gradient_update_masked 1000x500x256 16x8/1x1",
        "layer 2 input gradient: matmul_input_gradient_gated 1000x1000x256 100/1",
        "layer 2 weight gradient: matmul_weight_gradient_update_masked 1000x1000x256 32x8/1x1",
        "layer 1 weight gradient: matmul_weight_gradient_update_masked 784x1000x256 32x7/1x1",
      ])
  }

  @Test("a step of a small network on a GPU, one layer sparse and one dense")
  func gpu() throws {
    let network = Network(layers: [784, 100, 10])
    let mask = (0..<78_400).map { UInt8($0 % 10 == 0 ? 1 : 0) }
    let specification = ModelSpecification(
      network: network, batchSize: 100,
      formats: [.sparse(SparsePattern(mask: mask, rows: 784, columns: 100)), .dense])
    #expect(
      try launches(.gpu(GPUTileSet(GPUTiles.all[0])), specification) == [
        "next batch: begin_step 1 1/1",
        "gather: gather_bytes 784x112 32x200/16x8",
        "layer 1 forward: sparse_forward_relu 784x100x112 3200x1/32x1",
        "layer 2 forward: matmul_forward 100x10x112 32x16/16x16",
        "loss: softmax_cross_entropy 10x112 64/64",
        "layer 2 input gradient: matmul_input_gradient_gated 100x10x112 32x32/16x16",
        "layer 2 weight gradient: matmul_weight_gradient_update 100x10x112 16x32/16x16",
        "layer 1 weight gradient: sparse_weight_gradient_update 784x100x112 6400x1/64x1",
      ])
  }

  @Test("an evaluation has no launch of the backward pass, and no state of the optimizer")
  func evaluation() throws {
    var specification = ModelSpecification(network: Self.challenge, batchSize: 256, masked: true)
    specification.trains = false
    let config = KernelConfig.gpu(GPUTileSet(GPUTiles.all[0]))
    let plan = try Plan(
      ForwardPass(Self.challenge).evaluation, specification: specification, config: config)
    #expect(
      plan.launches.map(\.kernel) == ["begin_batch", "gather_bytes"]
        + [String](repeating: "matmul_forward_relu", count: 4)
        + ["matmul_forward", "softmax_cross_entropy_evaluate"])
    for case .parameter(_, let part) in plan.buffers.keys { #expect(part == .value) }
    // The images, and the output of each layer; of a fused ReLU only what comes of it.
    #expect(plan.buffers.keys.count { if case .activations = $0 { true } else { false } } == 6)
  }
}
