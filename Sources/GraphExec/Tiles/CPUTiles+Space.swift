import Device

/// The parameters of `matmul_cpu.cl` and what they have to satisfy; there they are explained.
extension CPUTiles: ProductTiles {
  package static func space(_ pass: MatmulPass) -> TileSpace<CPUTiles> {
    switch pass {
    case .forward: forward
    case .inputGradient: inputGradient
    case .weightGradient: weightGradient
    }
  }

  private static let forward = TileSpace<CPUTiles>(
    parameters: [
      TileParameter("TILE_ROWS", \.tileRows, [4, 6, 8, 12]),
      TileParameter("TILE_VECTORS", \.tileVectors, [1, 2, 4], small: [3]),
      TileParameter("PANEL_ROWS", \.panelRows, [16, 48]),
      TileParameter("PANEL_DEPTH", \.panelDepth, [128, 256, 512, 1024], small: [24]),
    ],
    constraints: [
      wholeVectors, registers { $0.tileRows * $0.tileVectors },
      TileConstraint("PANEL_ROWS is a multiple of TILE_ROWS") { tiles, _ in
        tiles.panelRows % tiles.tileRows == 0
      },
      localMemory { $0.panelDepth * $0.panelRows },
    ])

  private static let inputGradient = TileSpace<CPUTiles>(
    parameters: [
      TileParameter("INPUT_ROWS", \.inputRows, [4, 6, 8, 10, 12]),
      TileParameter("TILE_VECTORS", \.tileVectors, [1, 2, 4], small: [3]),
    ],
    constraints: [wholeVectors, registers { $0.inputRows * $0.tileVectors }])

  private static let weightGradient = TileSpace<CPUTiles>(
    parameters: [
      TileParameter("GRADIENT_ROWS", \.gradientRows, [64, 128, 256], small: [24]),
      TileParameter("GRADIENT_TILE", \.gradientTile, [4, 6, 8, 10, 12]),
      TileParameter("GRADIENT_VECTORS", \.gradientVectors, [1, 2, 4]),
      TileParameter("GRADIENT_DEPTH", \.gradientDepth, [64, 128, 256, 512, 1024, 2048], small: [32]),
    ],
    constraints: [
      registers { $0.gradientTile * $0.gradientVectors },
      TileConstraint("a fused update has the whole batch in GRADIENT_DEPTH") { tiles, setting in
        !setting.fusesUpdate || setting.product.pass != .weightGradient
          || tiles.gradientDepth >= setting.product.columns
      },
      TileConstraint("GRADIENT_DEPTH is a multiple of WIDTH, and no power of two above what holds the batch")
      {
        tiles, setting in
        tiles.gradientDepth % tiles.width == 0 && tiles.gradientDepth < 2 * setting.product.columns
      },
      localMemory { $0.gradientDepth * $0.width * $0.gradientVectors },
    ])

  private static let wholeVectors = TileConstraint<CPUTiles>(
    "the columns are a multiple of WIDTH * TILE_VECTORS"
  ) { tiles, setting in setting.product.columns % (tiles.width * tiles.tileVectors) == 0 }

  /// - Parameter sums: vectors of sums in a register tile.
  private static func registers(_ sums: @escaping @Sendable (CPUTiles) -> Int) -> TileConstraint<CPUTiles> {
    TileConstraint("the sums fill no more than 24 of 32 registers of 16 floats, or 12 of 16 others") {
      tiles, _ in sums(tiles) <= (tiles.width == 16 ? 24 : 12)
    }
  }

  /// - Parameter floats: floats of a panel.
  private static func localMemory(_ floats: @escaping @Sendable (CPUTiles) -> Int) -> TileConstraint<CPUTiles>
  {
    TileConstraint("panels fit the local memory") { tiles, setting in
      4 * floats(tiles) <= setting.localMemory
    }
  }

  func launch(_ product: ProductShape) -> ProductLaunch {
    ProductLaunch(
      options: defines(macros), tile: describe(product.pass),
      geometry: geometry(
        product.pass, inputs: product.inputs, outputs: product.outputs,
        ldw: leadingDimension(product.outputs), stride: product.columns))
  }
}
