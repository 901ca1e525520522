import Device
import GraphExec
import TestSupport
import Testing

/// Protects that layers in CSR run by blocks of entries only where entries lie so, and that nothing but the time changes.
@Suite(.serialized)
struct SparseBlocksTests {
  /// Blocks that survive, drawn; those at the ends are smaller.
  private static func pattern(
    _ rows: Int, _ columns: Int, blocks: (inputs: Int, outputs: Int), density: Double, seed: UInt64 = 1
  ) -> SparsePattern {
    let grid = BlockGrid(rows: rows, columns: columns, blockRows: blocks.inputs, blockColumns: blocks.outputs)
    var random = SplitMix64(seed: seed, stream: 5)
    let kept = (0..<grid.count).map { _ in Double.random(in: 0..<1, using: &random) < density }
    return SparsePattern(
      mask: (0..<rows * columns).map { kept[grid.block(ofEntry: $0)] ? 1 : 0 }, rows: rows, columns: columns)
  }

  @Test(
    "the blocks of a pattern are the largest of which kernels take the rows and columns together",
    arguments: [
      (1, 1, "1x1"), (4, 4, "4x4"), (2, 8, "2x8"), (1, 4, "1x4"), (8, 1, "8x1"), (16, 32, "8x8"),
      (6, 12, "2x4"),
      (3, 5, "1x1"),
    ])
  func found(inputs: Int, outputs: Int, expected: String) {
    let blocks = Self.pattern(150, 170, blocks: (inputs, outputs), density: 0.4).blocks
    #expect("\(blocks)" == expected)
  }

  @Test(
    "one entry more or less makes rows and columns differ; where all are alike, blocks are as large as can be"
  )
  func edges() {
    var mask = Self.pattern(20, 24, blocks: (4, 4), density: 0.5).mask
    for column in 14...15 { mask[9 * 24 + column] ^= 1 }
    // Row 9 is the second of its block, and columns 14 and 15 are half of theirs.
    #expect("\(SparsePattern(mask: mask, rows: 20, columns: 24).blocks)" == "1x2")
    for value: UInt8 in [0, 1] {
      let all = [UInt8](repeating: value, count: 60)
      #expect("\(SparsePattern(mask: all, rows: 5, columns: 12).blocks)" == "8x8")
    }
    #expect("\(SparsePattern(mask: [0, 0, 1], rows: 3, columns: 1).blocks)" == "2x8")
  }

  /// A network whose weights survive in blocks, in CSR.
  private static func specification(
    _ blocks: (inputs: Int, outputs: Int), density: Double, batchSize: Int
  ) throws -> (ModelSpecification, ModelState) {
    let network = try Network(
      input: Shape(37),
      layers: [
        Network.Layer("a", Linear(outputs: 70, bias: true)), Network.Layer("relu", ReLU()),
        Network.Layer("b", Linear(outputs: 45)), Network.Layer("relu2", ReLU()),
        Network.Layer("c", Linear(outputs: 10, bias: true)),
      ])
    var state = ModelState.fresh(network, seed: 3)
    let formats = network.parameters.enumerated().map { index, parameter -> LayerFormat in
      guard parameter.isWeight else { return .dense }
      let pattern = pattern(
        parameter.rows, parameter.columns, blocks: blocks, density: density, seed: UInt64(index))
      state.parameters[index].mask = pattern.mask
      state.parameters[index].value = pattern.scatter(pattern.gather(state.parameters[index].value))
      return .sparse(pattern)
    }
    return (ModelSpecification(network: network, batchSize: batchSize, formats: formats), state)
  }

  @Test(
    "training and inference give the bits of entry by entry", .needs(.openCL),
    arguments: [((4, 4), 256), ((2, 8), 48), ((8, 1), 300), ((1, 2), 16)])
  func bits(blocks: (Int, Int), batchSize: Int) throws {
    let (specification, state) = try Self.specification(blocks, density: 0.6, batchSize: batchSize)
    let device = try TestDevice.openCL()
    let images = TestSet.images(count: 330, size: 37, seed: 5)
    let results = try [SparseForms.entries, .blocks, .fastest].map { sparse in
      let backend = try OpenCLBackend(device, family: .cpu, forms: .layers, sparse: sparse)
      let set = try backend.upload(images)
      let model = try backend.makeModel(specification)
      try model.load(state)
      let totals = try (0..<2).map { _ in try model.trainEpoch(on: set, order: TestSet.order(330, seed: 3)) }
      let together = specification.network.weights.map { model.specification.together[$0] ?? [:] }
      let blocks = specification.network.weights.map { specification.pattern($0)?.blocks ?? .entries }
      for (passes, blocks) in zip(together, blocks) {
        switch sparse {
        case .entries: #expect(passes.isEmpty)
        case .blocks:
          #expect(MatmulPass.allCases.allSatisfy { passes[$0] ?? 1 == blocks[$0] } && !passes.isEmpty)
        case .fastest: #expect(passes.allSatisfy { $1 == blocks[$0] })
        }
      }
      return (state: try model.state(), outputs: try model.outputs(of: set), totals: totals)
    }
    for other in results.dropFirst() {
      #expect(other.state == results[0].state && other.outputs == results[0].outputs)
      #expect(other.totals == results[0].totals)
    }
  }

  @Test(
    "entries that lie anywhere, kernels for GPUs, and weights whose entries come back run entry by entry",
    .needs(.openCL))
  func fallsBack() throws {
    let device = try TestDevice.openCL()
    func together(
      _ blocks: (Int, Int), _ family: KernelConfig.Family, regrowth: Regrowth? = nil
    ) throws -> Int {
      let backend = try OpenCLBackend(device, family: family, forms: .layers, sparse: .blocks)
      var (specification, _) = try Self.specification(blocks, density: 0.6, batchSize: 32)
      specification.regrowth = regrowth
      return try backend.makeModel(specification).specification.together.count
    }
    #expect(try together((4, 4), .cpu) == 3)
    #expect(try together((1, 1), .cpu) == 0)
    #expect(try together((4, 4), .gpu) == 0)
    #expect(try together((4, 4), .cpu, regrowth: .random) == 0)
  }

  @Test("a plan says how many rows of a result are taken together")
  func plan() throws {
    var (specification, _) = try Self.specification((2, 4), density: 0.5, batchSize: 32)
    specification.together = [specification.network.weights[1]: [.forward: 4, .inputGradient: 2]]
    let config = KernelConfig.cpu(CPUTiles.choose(width: 8, localMemory: 1 << 16, batchSize: 32))
    let plan = try Plan(
      ForwardPass(specification.network).training(specification), specification: specification, config: config
    )
    let tiles = plan.launches.filter { $0.product?.weight == specification.network.weights[1] }.map(\.tile)
    #expect(tiles.map { $0.hasSuffix(", 4 outputs together") } == [true, false, false])
    #expect(tiles.map { $0.hasSuffix(", 2 inputs together") } == [false, true, false])
    #expect("\(try #require(specification.takenBlocks(of: specification.network.weights[1])))" == "2x4")
    #expect(specification.takenBlocks(of: specification.network.weights[0]) == nil)
  }
}
