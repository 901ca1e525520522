import Device

/// What a search for tiles asks of kernels: tiles are values by macros there, whatever the family.
extension KernelConfig {
  /// The product that a launch computes with tiles of its own; nil for a launch of another kind.
  package func product(of launch: Launch, inputs: Int, outputs: Int, stride: Int) -> ProductShape? {
    guard launch.tileSource != nil, launch.file == matmulFile, let pass = launch.product?.pass else {
      return nil
    }
    return ProductShape(
      kernels: matmulFile, pass: pass, inputs: inputs, outputs: outputs, columns: stride)
  }

  /// The sets of tiles that a product can have on a device, without those that only verifications try.
  package func candidates(for product: ProductShape, on device: some DeviceTraits) -> [[String: Int]] {
    let setting = setting(product, on: device)
    switch kernels {
    case .cpu(let rule): return candidates(rule, setting)
    case .gpu(let set): return candidates(set.tiles(for: product), setting)
    }
  }

  private func candidates<Tiles: ProductTiles>(_ rule: Tiles, _ setting: TileSetting) -> [[String: Int]] {
    let space = Tiles.space(setting.product.pass)
    return space.candidates(rule, in: setting).map(space.values)
  }

  /// The tiles that a product has now.
  package func tiles(of product: ProductShape) -> [String: Int] {
    switch kernels {
    case .cpu(let rule): tiles(of: product, rule)
    case .gpu(let set): tiles(of: product, set.tiles(for: product))
    }
  }

  private func tiles<Tiles: ProductTiles>(of product: ProductShape, _ rule: Tiles) -> [String: Int] {
    let fusesUpdate = fusesUpdate(stride: product.columns)
    return Tiles.space(product.pass)
      .values(of: tuned.tiles(product, rule: rule, fusesUpdate: fusesUpdate).tiles)
  }

  /// The same kernels with other tiles for a product.
  package func giving(_ tiles: [String: Int], to product: ProductShape, on device: some DeviceTraits)
    -> KernelConfig
  {
    var own = tuned.tables.first { $0.device == nil } ?? TileTable(entries: [])
    own.keep(TileTable.Entry(product, tiles: tiles))
    return KernelConfig(
      kernels: kernels, tuned: TunedTiles([own] + tuned.tables.filter { $0.device != nil }, on: device))
  }

  /// The same kernels with these tiles, whatever is multiplied; nil for parameters of other kernels.
  ///
  /// - Parameter product: the one whose parameters they are.
  package func with(_ tiles: [String: Int], of product: ProductShape) -> KernelConfig? {
    switch kernels {
    case .cpu(let rule): CPUTiles.space(product.pass).tiles(tiles, in: rule).map { .cpu($0) }
    case .gpu(let set): GPUTiles.space(product.pass).tiles(tiles, in: set.all[0]).map { .gpu(GPUTileSet($0)) }
    }
  }

  /// What is wrong with an entry for these kernels on a device, in words; nil where its product can have these tiles.
  package func fault(of entry: TileTable.Entry, on device: some DeviceTraits) -> String? {
    let setting = setting(entry.product, on: device)
    switch kernels {
    case .cpu(let rule): return fault(of: entry, rule, setting)
    case .gpu(let set): return fault(of: entry, set.all[0], setting)
    }
  }

  private func fault<Tiles: ProductTiles>(
    of entry: TileTable.Entry, _ rule: Tiles, _ setting: TileSetting
  ) -> String? {
    let product = entry.product
    let sizes = [product.inputs, product.outputs, product.columns]
    guard product.kernels == matmulFile else { return "kernels \(product.kernels) are not known" }
    guard sizes.allSatisfy({ (1...Self.largestSize).contains($0) }) else { return "sizes \(product.sizes)" }
    guard entry.tiles.values.allSatisfy({ (1...Self.largestSize).contains($0) }) else { return "tiles" }
    let space = Tiles.space(product.pass)
    guard let tiles = space.tiles(entry.tiles, in: rule) else { return "parameters of other kernels" }
    return space.fault(of: tiles, in: setting)
  }

  /// Products of sizes no larger than this do not overflow.
  private static let largestSize = 1 << 20

  private func setting(_ product: ProductShape, on device: some DeviceTraits) -> TileSetting {
    TileSetting(
      product: product, localMemory: device.localMemory, maxWorkGroup: device.maxWorkGroup,
      fusesUpdate: fusesUpdate(stride: product.columns))
  }

  /// All that decides over the candidates of any product, as text.
  package static var candidates: String {
    MatmulPass.allCases.map { CPUTiles.space($0).text + GPUTiles.space($0).text }.joined(separator: "\n")
  }
}
