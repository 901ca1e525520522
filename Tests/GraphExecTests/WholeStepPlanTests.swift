import GraphExec
import Testing

/// Protects the order of a step in one launch: what a phase reads was written in one before it, and nothing is updated that is
/// still read.
struct WholeStepPlanTests {
  private static let tiles = GPUTiles(tileM: 32, tileN: 64, tileK: 16, threadM: 4, threadN: 4)

  private static func plan(_ specification: ModelSpecification, groups: Int = 64) throws -> Plan? {
    let config = KernelConfig.gpu(GPUTileSet(tiles))
    return try Plan(
      stepOf: specification, forward: ForwardPass(specification.network), config: config, input: .bytes
    ).training(.whole(tiles, groups: groups), specification)
  }

  /// The kinds of each phase's jobs, with the number of their parameter, as the kernel reads them.
  private static func phases(_ plan: Plan) throws -> [[String]] {
    let kinds = ["begin", "gather", "forward", "loss", "input gradient", "update", "bias", "end"]
    let words = try #require(plan.tables[.wholeStep(.program)]).map { Int(Int32(bitPattern: $0)) }
    guard case .int(let count) = plan.launches[0].arguments[0] else { return [] }
    return (0..<count).map { phase in
      let head = Array(words[4 * phase..<4 * phase + 4])
      var end = 0
      return (head[0]..<head[0] + head[1]).map { number in
        let job = words[4 * count + 16 * number..<4 * count + 16 * (number + 1)].map { $0 }
        // Each job has tiles, and the last one's end is the phase's.
        #expect(job[1] > end && job[1] <= head[2])
        end = job[1]
        return job[2] < 0 ? kinds[job[0]] : "\(kinds[job[0]]) \(job[2])"
      }
    }
  }

  @Test("the phases of three layers, whose updates come behind what reads their weights")
  func order() throws {
    let network = Network(layers: [83, 70, 24, 10])
    let plan = try #require(
      try Self.plan(ModelSpecification(network: network, batchSize: 64, masked: true)))
    #expect(plan.launches.count == 1)
    #expect(
      try Self.phases(plan) == [
        ["begin", "gather"], ["forward 0"], ["forward 1"], ["forward 2"], ["loss"], ["input gradient 2"],
        ["input gradient 1", "update 2"], ["update 1", "update 0", "end"],
      ])
  }

  @Test("a bias is updated with its weight, and a network of one layer has no gradient of an input")
  func biases() throws {
    let network = try Network(
      input: Shape(83),
      layers: [
        Network.Layer("a", Linear(outputs: 70, bias: true)), Network.Layer("relu", ReLU()),
        Network.Layer("b", Linear(outputs: 10, bias: true)),
      ])
    let plan = try #require(
      try Self.plan(ModelSpecification(network: network, batchSize: 64, masked: false)))
    let last = try #require(try Self.phases(plan).last)
    #expect(
      Set(last.dropLast()) == ["update 1", "bias 0", "update 3", "bias 2"] && last.last == "end",
      "\(last)")
    let single = try #require(
      try Self.plan(
        ModelSpecification(network: Network(layers: [83, 10]), batchSize: 64, masked: false)))
    #expect(
      try Self.phases(single) == [["begin", "gather"], ["forward 0"], ["loss"], ["update 0", "end"]])
  }

  @Test("no more groups than a phase has tiles")
  func groups() throws {
    let specification = ModelSpecification(
      network: Network(layers: [83, 70, 24, 10]), batchSize: 64, masked: false)
    let few = try #require(try Self.plan(specification, groups: 3)).launches[0].geometry
    let many = try #require(try Self.plan(specification, groups: 4096)).launches[0].geometry
    #expect(few.groups == 3 && many.groups > 3 && many.groups < 64)
  }

  @Test(
    "what has no kernels stays layer by layer: a batch whose loss has more parts than a group, CSR, convolutions"
  )
  func others() throws {
    let network = Network(layers: [83, 70, 24, 10])
    #expect(try Self.plan(ModelSpecification(network: network, batchSize: 512, masked: false)) == nil)
    var sparse = ModelSpecification(network: network, batchSize: 32, masked: false)
    let weight = try #require(network.weights.first)
    sparse.formats[weight.index] = .sparse(
      SparsePattern(mask: (0..<83 * 70).map { $0 % 3 == 0 ? 1 : 0 }, rows: 83, columns: 70))
    #expect(try Self.plan(sparse) == nil)
    let preset = try #require(NetworkPresets.all.first { $0.name == "lenet-5" })
    let convolutions = try preset.network(input: preset.designedFor, classes: 10)
    #expect(
      try Self.plan(ModelSpecification(network: convolutions, batchSize: 32, masked: false)) == nil)
  }
}
