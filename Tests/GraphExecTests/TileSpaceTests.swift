import Device
import GraphExec
import Testing

/// Protects that what is chosen can be built: a rule's tiles keep the constraints that candidates do.
@Suite struct TileSpaceTests {
  private static func setting(_ pass: MatmulPass, columns: Int, localMemory: Int, fusesUpdate: Bool)
    -> TileSetting
  {
    TileSetting(
      product: ProductShape(
        kernels: "matmul_cpu.cl", pass: pass, inputs: 100, outputs: 100, columns: columns),
      localMemory: localMemory, maxWorkGroup: 4096, fusesUpdate: fusesUpdate)
  }

  @Test(
    "a CPU's rule keeps the constraints", arguments: [1, 4, 8, 16],
    [1, 16, 33, 93, 128, 256, 272, 1000, 1500, 4096])
  func rule(width: Int, batchSize: Int) {
    for localMemory in [32 << 10, 256 << 10, 2 << 20] {
      let tiles = CPUTiles.choose(width: width, localMemory: localMemory, batchSize: batchSize)
      let config = KernelConfig.cpu(tiles)
      let columns = config.stride(forBatch: batchSize)
      for pass in MatmulPass.allCases {
        let setting = Self.setting(
          pass, columns: columns, localMemory: localMemory,
          fusesUpdate: config.fusesUpdate(stride: columns))
        let fault = CPUTiles.space(pass).fault(of: tiles, in: setting)
        #expect(fault == nil, "\(pass), \(localMemory) bytes: \(fault ?? "")")
      }
    }
  }

  @Test(
    "there is something to choose from, and all of it keeps the constraints", arguments: MatmulPass.allCases)
  func candidates(pass: MatmulPass) {
    let rule = CPUTiles.choose(width: 16, localMemory: 1 << 20, batchSize: 256)
    let setting = Self.setting(pass, columns: 256, localMemory: 1 << 20, fusesUpdate: true)
    let space = CPUTiles.space(pass)
    let candidates = space.candidates(rule, in: setting)
    #expect(candidates.count > 5)
    #expect(candidates.allSatisfy { space.fault(of: $0, in: setting) == nil })
    #expect(candidates.allSatisfy { space.tiles(space.values(of: $0), in: rule) == $0 })
    // Parameters of other passes stay as they are.
    let others = Set(MatmulPass.allCases.flatMap { CPUTiles.space($0).parameters.map(\.macro) })
      .subtracting(space.parameters.map(\.macro))
    for other in MatmulPass.allCases {
      for parameter in CPUTiles.space(other).parameters where others.contains(parameter.macro) {
        #expect(candidates.allSatisfy { $0[keyPath: parameter.key] == rule[keyPath: parameter.key] })
      }
    }
  }

  @Test("a few candidates have every value of every parameter", arguments: MatmulPass.allCases)
  func covering(pass: MatmulPass) {
    let rule = CPUTiles.choose(width: 8, localMemory: 1 << 20, batchSize: 256)
    let setting = Self.setting(pass, columns: 768, localMemory: 1 << 20, fusesUpdate: false)
    let space = CPUTiles.space(pass)
    let (all, few) = (space.candidates(rule, in: setting, small: true), space.covering(rule, in: setting))
    #expect(few.count < all.count)
    for parameter in space.parameters {
      let values = { (tiles: [CPUTiles]) in Set(tiles.map { $0[keyPath: parameter.key] }) }
      #expect(values(few) == values(all), "\(parameter.macro)")
    }
  }

  @Test("values of other parameters, or too few, are no tiles")
  func otherParameters() {
    let rule = CPUTiles.choose(width: 16, localMemory: 1 << 20, batchSize: 256)
    let space = CPUTiles.space(.inputGradient)
    var values = space.values(of: rule)
    #expect(space.tiles(values, in: rule) == rule)
    values["GRADIENT_ROWS"] = 64
    #expect(space.tiles(values, in: rule) == nil)
    #expect(space.tiles([:], in: rule) == nil)
  }
}
