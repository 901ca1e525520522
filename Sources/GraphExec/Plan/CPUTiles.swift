import Device

/// Tiles of the kernels for CPU devices; the macros of `matmul_cpu.cl`, which explains them.
public struct CPUTiles: Sendable, Equatable {
  /// Floats of a vector.
  public var width: Int
  /// Forward: rows of a register tile.
  public var tileRows = 4
  /// Vectors along the batch in a register tile.
  public var tileVectors: Int
  /// Forward: output rows of a work-group.
  public var panelRows = 16
  /// Forward: rows of W copied at a time.
  public var panelDepth = 512
  /// Input gradient: rows of a work-group.
  public var inputRows = 4
  /// Weight gradient: input rows of a work-group.
  public var gradientRows = 128
  /// Weight gradient: rows of a register tile.
  public var gradientTile = 4
  /// Weight gradient: vectors of output columns of a work-group.
  public var gradientVectors: Int
  /// Weight gradient: batch columns copied at a time.
  public var gradientDepth: Int

  /// Creates tiles.
  public init(width: Int, tileVectors: Int, gradientVectors: Int, gradientDepth: Int) {
    self.width = width
    self.tileVectors = tileVectors
    self.gradientVectors = gradientVectors
    self.gradientDepth = gradientDepth
  }

  /// The most local memory that a panel takes: larger ones leave the caches.
  static let panelBytes = 64 << 10

  /// The tiles for a native vector width, the local memory there is (bytes), and a batch size.
  ///
  /// The optimizer is fused into the weight gradient as long as a panel of one vector over the whole batch fits.
  public static func choose(width: Int, localMemory: Int, batchSize: Int) -> CPUTiles {
    let width = width >= 16 ? 16 : width >= 8 ? 8 : 4
    let stride = roundUp(batchSize, to: batchSize >= 2 * width ? max(16, 2 * width) : 16)
    let tileVectors = [2, 1].first { stride % ($0 * width) == 0 } ?? 1
    let floats = min(panelBytes, localMemory) / 4
    var tiles = CPUTiles(width: width, tileVectors: tileVectors, gradientVectors: 4, gradientDepth: 256)
    if width == 16 {
      // 32 registers: two vectors serve 8 to 10 rows, which halves what comes from L2 (measured).
      tiles.tileRows = 8
      tiles.inputRows = 10
      tiles.gradientTile = 8
    } else if width == 8 {
      // 16 registers: two vectors serve 6 rows, so that 12 sums hide how long each takes (measured: 0.72 to 0.85 of 4 rows).
      tiles.tileRows = 6
      tiles.panelRows = 48
      tiles.panelDepth = 256
      tiles.inputRows = 6
      tiles.gradientTile = 6
    }
    tiles.panelDepth = min(tiles.panelDepth, floats / tiles.panelRows)
    let whole = [2, 1].map { (vectors: $0, depth: roundUp(stride, to: width)) }
    let parts = [256, 128, 64, 32, 16].flatMap { depth in [4, 2, 1].map { (vectors: $0, depth: depth) } }
    let setting = TileSetting(
      product: ProductShape(
        kernels: "matmul_cpu.cl", pass: .weightGradient, inputs: 0, outputs: 0, columns: stride),
      localMemory: 4 * floats, maxWorkGroup: 1, fusesUpdate: false)
    for panel in whole + parts {
      (tiles.gradientVectors, tiles.gradientDepth) = panel
      if space(.weightGradient).fault(of: tiles, in: setting) == nil { break }
    }
    return tiles
  }

  /// What a batch's stride is a multiple of: the columns of a register tile, and the 16 of the other kernels.
  package var batchStep: Int {
    let columns = width * tileVectors
    return (1...16).map { $0 * columns }.first { $0 % 16 == 0 } ?? 16 * columns
  }

  var macros: [(String, Int)] {
    [
      ("WIDTH", width), ("TILE_ROWS", tileRows), ("TILE_VECTORS", tileVectors), ("PANEL_ROWS", panelRows),
      ("PANEL_DEPTH", panelDepth), ("INPUT_ROWS", inputRows), ("GRADIENT_ROWS", gradientRows),
      ("GRADIENT_TILE", gradientTile),
      ("GRADIENT_VECTORS", gradientVectors), ("GRADIENT_DEPTH", gradientDepth),
    ]
  }

  func geometry(_ pass: MatmulPass, inputs: Int, outputs: Int, ldw: Int, stride: Int) -> LaunchGeometry {
    func groups(_ count: Int, _ size: Int) -> Int { (count + size - 1) / size }
    switch pass {
    case .forward:
      let panels = groups(outputs, panelRows)
      // Few panels do not share out evenly; halves of the batch do, at the price of copying each panel twice.
      let halves = panels < 16 && stride % (2 * width * tileVectors) == 0
      return LaunchGeometry(panels, halves ? 2 : 1, local: (1, 1))
    case .inputGradient: return LaunchGeometry(groups(inputs, inputRows), local: 1)
    case .weightGradient:
      return LaunchGeometry(
        groups(ldw, width * gradientVectors), groups(inputs, gradientRows), local: (1, 1))
    }
  }

  // MARK: sparse layers

  /// Rows of a structure that a work-group takes: as many as are taken together, at the most.
  private static let sparseRows = SparseBlocks.most
  /// Weight gradient: rows of X at a time; they stay in the L2 cache.
  private static let sparseBlock = 512

  /// As many vectors of the batch as leave registers for the operands: the sums of the rows taken together stay in them.
  func sparseMacros(stride: Int, together: Int) -> [(String, Int)] {
    let most = (width == 16 ? 16 : 8) / together
    let vectors = (1...most).last { stride % ($0 * width) == 0 } ?? 1
    return [
      ("WIDTH", width), ("BATCH", stride), ("SPARSE_ROWS_ALIKE", together), ("SPARSE_VECTORS", vectors),
      ("SPARSE_ROWS", Self.sparseRows),
      ("SPARSE_BLOCK", Self.sparseBlock),
    ]
  }

  static func sparseGeometry(_ pass: MatmulPass, rows: Int, others: Int) -> LaunchGeometry {
    let groups = (rows + sparseRows - 1) / sparseRows
    let blocks = pass == .weightGradient ? (others + sparseBlock - 1) / sparseBlock : 1
    return LaunchGeometry(groups, blocks, local: (1, 1))
  }

  func describe(_ pass: MatmulPass) -> String {
    switch pass {
    case .forward: "\(panelRows) rows, \(tileRows)x\(tileVectors * width)"
    case .inputGradient: "\(inputRows)x\(tileVectors * width)"
    case .weightGradient: "\(gradientRows) rows, \(gradientTile)x\(gradientVectors * width)"
    }
  }
}
