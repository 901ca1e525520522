import TestSupport
import Testing

/// `whittle plan` prints what a step of a study launches.
@Suite("The plan command", .needs(.openCL))
struct PlanTests {
  @Test("the challenge's step: 17 launches, in order, with kernels and shapes")
  func challenge() throws {
    let outcome = try Tool.run(
      ["plan", Repository.configs + "/pruning-challenge.json", "--device", "opencl"], in: "/tmp")
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    let lines = outcome.output.split(separator: "\n").map {
      $0.split(separator: "  ").map { $0.trimmingPrefix(" ") }
    }
    #expect(lines.first?.first == "pruning-challenge: 784-1000-1000-500-200-10, batch 256, masked")
    let start = try #require(lines.firstIndex { $0.first == "next batch" })
    #expect(
      lines[start..<start + 17].map { $0.prefix(3).joined(separator: ", ") } == [
        "next batch, begin_step, 1",
        "gather, gather_bytes, 784x256",
        "layer 1 forward, matmul_forward_relu, 784x1000x256",
        "layer 2 forward, matmul_forward_relu, 1000x1000x256",
        "layer 3 forward, matmul_forward_relu, 1000x500x256",
        "layer 4 forward, matmul_forward_relu, 500x200x256",
        "layer 5 forward, matmul_forward, 200x10x256",
        "loss, softmax_cross_entropy, 10x256",
        "layer 5 input gradient, matmul_input_gradient_gated, 200x10x256",
        "layer 5 weight gradient, matmul_weight_gradient_adam_masked, 200x10x256",
        "layer 4 input gradient, matmul_input_gradient_gated, 500x200x256",
        "layer 4 weight gradient, matmul_weight_gradient_adam_masked, 500x200x256",
        "layer 3 input gradient, matmul_input_gradient_gated, 1000x500x256",
        "layer 3 weight gradient, matmul_weight_gradient_adam_masked, 1000x500x256",
        "layer 2 input gradient, matmul_input_gradient_gated, 1000x1000x256",
        "layer 2 weight gradient, matmul_weight_gradient_adam_masked, 1000x1000x256",
        "layer 1 weight gradient, matmul_weight_gradient_adam_masked, 784x1000x256",
      ])
    #expect(outcome.output.contains("a step: 17 launches, 3.29 GFLOP"))
    #expect(lines.contains { $0.first == "pruning to 99% (weight):" })
  }
}
