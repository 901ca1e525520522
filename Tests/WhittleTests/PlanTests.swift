import Files
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
        "layer 5 weight gradient, matmul_weight_gradient_update_masked, 200x10x256",
        "layer 4 input gradient, matmul_input_gradient_gated, 500x200x256",
        "layer 4 weight gradient, matmul_weight_gradient_update_masked, 500x200x256",
        "layer 3 input gradient, matmul_input_gradient_gated, 1000x500x256",
        "layer 3 weight gradient, matmul_weight_gradient_update_masked, 1000x500x256",
        "layer 2 input gradient, matmul_input_gradient_gated, 1000x1000x256",
        "layer 2 weight gradient, matmul_weight_gradient_update_masked, 1000x1000x256",
        "layer 1 weight gradient, matmul_weight_gradient_update_masked, 784x1000x256",
      ])
    #expect(outcome.output.contains("a step: 17 launches, 3.29 GFLOP"))
    #expect(lines.contains { $0.first == "pruning to 99% (weight):" })
  }

  @Test("a network whose entries are replaced while it trains keeps its units, its weights in CSR")
  func dynamic() throws {
    let folder = try TemporaryFolder()
    let config = Repository.configs + "/quickstart.json"
    let rigl = ["--set", "pruning.schedule={\"name\":\"rigl\"}", "--set", "pruning.strategies=[\"weight\"]"]
    let outcome = try Tool.run(
      ["plan", config, "--strategy", "weight", "--sparsity", "0.5", "--device", "opencl"] + rigl,
      in: folder.path)
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    let layers = outcome.output.split(separator: "\n").filter { $0.contains("784x1000") }
    #expect(layers.contains { $0.contains("sparse") && !$0.contains("compacted") }, "\(outcome.output)")
  }

  @Test("the network is drawn, with what pruning leaves of each layer", .needs(.graphviz))
  func drawing() throws {
    let folder = try TemporaryFolder()
    let config = Repository.configs + "/quickstart.json"
    let picture = folder("n.svg")
    let pruned = ["--strategy", "neuron", "--sparsity", "0.9"]
    let outcome = try Tool.run(["plan", config, "--svg", picture] + pruned, in: folder.path)
    #expect(outcome.exitCode == 0 && outcome.output.contains("Wrote \(picture)"), "\(outcome.errors)")
    let svg = String(decoding: try FileSystem.read(picture), as: UTF8.self)
    #expect(svg.contains("<svg") && svg.contains("linear, outputs 1000") && svg.contains("1000 → 100"))
  }

  @Test("a picture that cannot be drawn is one line, and no file")
  func noDrawing() throws {
    let folder = try TemporaryFolder()
    let outcome = try Tool.run(
      ["plan", Repository.configs + "/quickstart.json", "--svg", folder("n.svg")], in: folder.path,
      environment: ["PATH": folder.path])
    #expect(outcome.exitCode == 1)
    #expect(outcome.errors.contains("dot was not found on PATH; install it"))
    #expect(!FileSystem.exists(folder("n.svg")))
  }
}
