import Device

/// The parameters of `panels_gpu.cl` and what they have to satisfy, as `#error` demands it there.
extension GPUTiles: ProductTiles {
  package static func space(_ pass: MatmulPass) -> TileSpace<GPUTiles> { anyPass }

  private static let anyPass = TileSpace<GPUTiles>(
    parameters: [
      TileParameter("TILE_M", \.tileM, []), TileParameter("TILE_N", \.tileN, []),
      TileParameter("TILE_K", \.tileK, []), TileParameter("THREAD_M", \.threadM, []),
      TileParameter("THREAD_N", \.threadN, []), TileParameter("VECTOR", \.vector, []),
    ],
    constraints: [
      TileConstraint("TILE_M is a multiple of THREAD_M, and TILE_N of THREAD_N") { tiles, _ in
        tiles.tileM % tiles.threadM == 0 && tiles.tileN % tiles.threadN == 0
      },
      TileConstraint("THREAD_M, THREAD_N and TILE_K are multiples of VECTOR") { tiles, _ in
        [tiles.threadM, tiles.threadN, tiles.tileK].allSatisfy { $0 % tiles.vector == 0 }
      },
      TileConstraint(
        "TILE_M * TILE_K and TILE_N * TILE_K are multiples of VECTOR times the work-group's size"
      ) { tiles, _ in
        [tiles.tileM, tiles.tileN].allSatisfy { $0 * tiles.tileK % (tiles.vector * tiles.groupSize) == 0 }
      },
      TileConstraint("the device has work-groups so large") { tiles, setting in
        tiles.groupSize <= setting.maxWorkGroup
      },
      TileConstraint("panels fit the local memory") { tiles, setting in
        tiles.localBytes <= setting.localMemory
      },
    ],
    // `scripts/check-gpu-code` compiles each of them.
    listed: GPUTiles.all + [.smallest])

  func launch(_ product: ProductShape) -> ProductLaunch {
    let (rows, columns) = Self.result(of: product)
    return launch(rows: rows, columns: columns)
  }

  /// Rows and columns of a product's result.
  static func result(of product: ProductShape) -> (rows: Int, columns: Int) {
    switch product.pass {
    case .forward: (product.outputs, product.columns)
    case .inputGradient: (product.inputs, product.columns)
    case .weightGradient: (product.inputs, leadingDimension(product.outputs))
    }
  }

  /// A launch that covers a result of rows and columns, `planes` times.
  func launch(rows: Int, columns: Int, planes: Int = 1) -> ProductLaunch {
    ProductLaunch(
      options: defines(macros), tile: description,
      geometry: geometry(rows: rows, columns: columns, planes: planes))
  }
}
