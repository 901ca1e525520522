import Device
import GraphExec
import Testing

/// Protects that tensors take buffers in turn, and only those that may.
@Suite struct TurnsTests {
  private static let config = KernelConfig.gpu(GPUTileSet(GPUTiles.all[0]))

  private func plan(_ network: Network, trains: Bool = true) throws -> Plan {
    let specification = ModelSpecification(network: network, batchSize: 16, masked: false)
    let forward = ForwardPass(network)
    return try Plan(
      trains ? forward.training(masked: []) : forward.evaluation, specification: specification,
      config: Self.config)
  }

  private func bytes(_ plan: Plan) -> Int {
    plan.buffers.reduce(0) { sum, entry in
      if case .activations = entry.key { sum + entry.value } else { sum }
    }
  }

  /// So many layers of the same size, each behind the other.
  private func chain(_ depth: Int) throws -> Network {
    let layers = (0..<depth).flatMap { index in
      [
        Network.Layer("l\(index)", Linear(outputs: 64, bias: true)),
        Network.Layer("l\(index).relu", ReLU()),
      ]
    }
    return try Network(input: Shape(64), layers: layers + [Network.Layer("end", Linear(outputs: 10))])
  }

  @Test("a deeper network needs room for its activations, but for no more gradients")
  func gradients() throws {
    let tensor = 64 * 16 * 4
    let (shallow, deep) = (try plan(chain(4)), try plan(chain(9)))
    #expect(bytes(deep) - bytes(shallow) == 5 * tensor)
    // The images, nine activations, and the gradient beside the one that it is made of; logits and theirs.
    #expect(bytes(deep) <= (1 + 9 + 2) * tensor + 2 * 10 * 16 * 4)
  }

  @Test("an evaluation takes buffers that a training has, two for a chain however deep")
  func evaluation() throws {
    let network = try chain(9)
    let (training, evaluation) = (try plan(network), try plan(network, trains: false))
    for case .activations(let layout, let number) in evaluation.buffers.keys {
      #expect(training.buffers[.activations(layout, number)] != nil)
      #expect(number < 2)
    }
  }

  @Test("what nobody writes whole keeps a buffer of its own", arguments: [4, 5])
  func apart(side: Int) throws {
    let network = try Network(
      input: Shape(2, side, side),
      layers: [
        Network.Layer("norm", BatchNorm()), Network.Layer("pool", MaxPool(PoolWindow(kernel: 2))),
        Network.Layer("flat", Flatten()), Network.Layer("end", Linear(outputs: 10)),
      ])
    let launch = try plan(network).launches.first { $0.kernel == "max_pool_gradient" }
    let buffers = try #require(launch).arguments.compactMap {
      if case .buffer(let id) = $0 { id } else { nil }
    }
    // The last pixels of five are in no window: their gradient is the zero that was there before.
    if case .tensor = try #require(buffers.last) { #expect(side == 5) } else { #expect(side == 4) }
  }
}
