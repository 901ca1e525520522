import Device
import GraphExec
import TestSupport
import Testing

/// Protects which tiles a product takes, and that they leave every bit as it was.
@Suite struct TunedTilesTests {
  /// A CPU device with AVX-512.
  private struct Processor: DeviceTraits {
    let kind = ComputeDevice.Kind.cpu
    var computeUnits = 2
    var localMemory = 1 << 20
    let maxWorkGroup = 4096
    let floatWidth = 16
    let ordersGroups = true
  }

  private static func entry(_ inputs: Int, _ outputs: Int, _ columns: Int, rows: Int, vectors: Int = 2)
    -> TileTable.Entry
  {
    TileTable.Entry(
      ProductShape(
        kernels: "matmul_cpu.cl", pass: .inputGradient, inputs: inputs, outputs: outputs, columns: columns),
      tiles: ["INPUT_ROWS": rows, "TILE_VECTORS": vectors])
  }

  private static func launch(
    _ tables: [TileTable], inputs: Int = 1000, outputs: Int = 500, batch: Int = 256,
    on device: Processor = Processor()
  ) -> (source: TileSource, options: String) {
    let config = KernelConfig.choose(for: device, batchSize: batch, tables: tables)
    let launch = config.matmul(
      .inputGradient, inputs: inputs, outputs: outputs, stride: config.stride(forBatch: batch))
    return (launch.source, launch.options)
  }

  @Test("a product's own tiles go before those of others, and a device's own before those of another one")
  func order() {
    let own = TileTable(entries: [Self.entry(500, 500, 256, rows: 4), Self.entry(1000, 1000, 256, rows: 6)])
    let known = TileTable(
      device: "K", entries: [Self.entry(1000, 500, 256, rows: 12), Self.entry(1000, 1000, 256, rows: 8)])
    #expect(Self.launch([]).source == .rule)
    let exact = Self.launch([own, known])
    #expect(exact.source == .known(device: "K", sizes: nil) && exact.options.contains("-DINPUT_ROWS=12 "))
    let other = Self.launch([own, known], outputs: 900)
    #expect(other.source == .tuned(sizes: "1000x1000x256") && other.options.contains("-DINPUT_ROWS=6 "))
    let both = Self.launch([TileTable(entries: own.entries + [Self.entry(1000, 500, 256, rows: 10)]), known])
    #expect(both.source == .tuned(sizes: nil) && both.options.contains("-DINPUT_ROWS=10 "))
    #expect("\(exact.source)" == "K" && "\(other.source)" == "tuned at 1000x1000x256")
  }

  @Test("products far from all that were tried go by the rule")
  func far() {
    let table = TileTable(entries: [Self.entry(1000, 500, 256, rows: 6)])
    #expect(Self.launch([table], inputs: 120).source == .rule)
    #expect(Self.launch([table], inputs: 260).source == .tuned(sizes: "1000x500x256"))
  }

  @Test("what does not fit is passed over for what is further away, or the rule")
  func constraints() {
    // Four vectors of 16 do not divide a batch of 32.
    let wide = Self.entry(1000, 500, 64, rows: 4, vectors: 4)
    #expect(Self.launch([TileTable(entries: [wide])], batch: 32).source == .rule)
    let narrow = Self.entry(1000, 500, 128, rows: 4, vectors: 2)
    #expect(
      Self.launch([TileTable(entries: [wide, narrow])], batch: 32).source == .tuned(sizes: "1000x500x128"))
  }

  @Test("tiles of another product leave no compute unit without work, where the rule would not")
  func groups() {
    let table = TileTable(entries: [Self.entry(200, 500, 256, rows: 12)])
    func source(units: Int, inputs: Int) -> TileSource {
      Self.launch([table], inputs: inputs, on: Processor(computeUnits: units)).source
    }
    // 9 groups of 12 rows: enough for 4 units, twice each, but not for 8.
    #expect(source(units: 4, inputs: 100) == .tuned(sizes: "200x500x256"))
    #expect(source(units: 8, inputs: 100) == .rule)
    #expect(source(units: 8, inputs: 200) == .tuned(sizes: nil))
  }

  @Test("what a file of tiles can hold wrong has a name, and stops nothing")
  func faults() {
    let device = Processor()
    let config = KernelConfig.choose(for: device, batchSize: 256)
    func fault(_ entry: TileTable.Entry) -> String? { config.fault(of: entry, on: device) }
    #expect(fault(Self.entry(1000, 500, 256, rows: 12)) == nil)
    #expect(fault(Self.entry(1000, 500, 256, rows: 13))?.contains("registers") == true)
    #expect(fault(Self.entry(1000, 500, 256, rows: 0)) != nil)
    #expect(fault(Self.entry(1000, 500, 256, rows: .max)) != nil)
    #expect(fault(Self.entry(-1, 500, 256, rows: 4)) != nil)
    #expect(fault(Self.entry(1000, 500, 250, rows: 4)) != nil)
    let other = ProductShape(kernels: "other.cl", pass: .forward, inputs: 1, outputs: 1, columns: 16)
    #expect(fault(TileTable.Entry(other, tiles: [:])) != nil)
  }

  @Test(
    "a training has the same bits with the tiles of a rule and with any others", .needs(.openCL),
    arguments: KernelConfig.Family.allCases)
  func sameBits(family: KernelConfig.Family) throws {
    let context = try TestDevice.backend(family).context
    let network = Network(layers: [70, 120, 55, 10])
    let specification = ModelSpecification(network: network, batchSize: 64, masked: true)
    let rule = OpenCLBackend(context, family: family)
    let plan = try Plan(
      ForwardPass(network).training(masked: specification.masked), specification: specification,
      config: rule.config(batchSize: 64))
    let products = plan.launches.compactMap { launch -> ProductShape? in
      guard let weight = launch.product.map({ network[$0.weight] }) else { return nil }
      return plan.config.product(
        of: launch, inputs: weight.rows, outputs: weight.columns, stride: plan.batchStride)
    }
    #expect(products.count == 8)
    func train(_ backend: OpenCLBackend) throws -> (ModelState, EpochTotals) {
      let set = try backend.upload(TestSet.images(count: 150, size: 70, seed: 5))
      let model = try backend.makeModel(specification)
      try model.load(.fresh(network))
      try model.enqueuePruning(PruningEvent(network.weights[0], unit: .weight, count: 3000))
      for seed in 1...2 { _ = try model.trainEpoch(on: set, order: TestSet.order(150, seed: UInt64(seed))) }
      return (try model.state(), try model.evaluate(on: set))
    }
    let expected = try train(rule)
    for round in 0..<3 {
      let entries = products.enumerated().map { index, product in
        let candidates = plan.config.candidates(for: product, on: context.device)
        return TileTable.Entry(product, tiles: candidates[(index * 5 + round * 7) % candidates.count])
      }
      let backend = OpenCLBackend(context, family: family, tables: [TileTable(entries: entries)])
      let config = backend.config(batchSize: 64)
      #expect(
        products.allSatisfy { product in
          entries.contains { $0.product == product && $0.tiles == config.tiles(of: product) }
        })
      let result = try train(backend)
      #expect(result.0 == expected.0 && result.1 == expected.1)
    }
  }
}
