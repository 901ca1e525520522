import Device

/// Tiles of the kernels for GPUs; the macros of `matmul_gpu.cl`, which explains them.
public struct GPUTiles: Sendable, Equatable {
  /// Rows of the result that a work-group computes.
  public var tileM: Int
  /// Columns of the result that a work-group computes.
  public var tileN: Int
  /// Depth of the operands' tiles in local memory.
  public var tileK: Int
  /// Rows of the result that a work-item computes.
  public var threadM: Int
  /// Columns of the result that a work-item computes.
  public var threadN: Int

  /// Floats moved at a time.
  public var vector: Int

  /// Creates tiles.
  public init(tileM: Int, tileN: Int, tileK: Int, threadM: Int, threadN: Int, vector: Int = 4) {
    self.tileM = tileM
    self.tileN = tileN
    self.tileK = tileK
    self.threadM = threadM
    self.threadN = threadN
    self.vector = vector
  }
}

extension GPUTiles {
  /// The configurations that `panels_gpu.cl` names, and that `whittle verify` tries.
  public static let all = [
    GPUTiles(tileM: 64, tileN: 64, tileK: 16, threadM: 4, threadN: 4),
    GPUTiles(tileM: 32, tileN: 64, tileK: 16, threadM: 4, threadN: 4),
    GPUTiles(tileM: 64, tileN: 32, tileK: 16, threadM: 4, threadN: 4),
    GPUTiles(tileM: 16, tileN: 64, tileK: 16, threadM: 4, threadN: 4),
    GPUTiles(tileM: 128, tileN: 64, tileK: 16, threadM: 8, threadN: 4),
    GPUTiles(tileM: 128, tileN: 128, tileK: 16, threadM: 8, threadN: 8),
    GPUTiles(tileM: 32, tileN: 32, tileK: 16, threadM: 2, threadN: 4, vector: 2),
  ]

  /// For devices that allow none of those.
  public static let smallest = GPUTiles(tileM: 16, tileN: 16, tileK: 8, threadM: 2, threadN: 2, vector: 2)

  /// Work-items of a group.
  public var groupSize: Int { (tileM / threadM) * (tileN / threadN) }
  /// Local memory of a group: both panels twice, their rows padded by a vector.
  public var localBytes: Int { (tileM + tileN + 2 * vector) * tileK * 2 * 4 }

  var macros: [(String, Int)] {
    [
      ("TILE_M", tileM), ("TILE_N", tileN), ("TILE_K", tileK), ("THREAD_M", threadM), ("THREAD_N", threadN),
      ("VECTOR", vector),
    ]
  }

  /// Work-groups that cover a result of rows and columns.
  package func groups(rows: Int, columns: Int) -> Int {
    (roundUp(rows, to: tileM) / tileM) * (roundUp(columns, to: tileN) / tileN)
  }

  /// What a step down the depth of the product costs a group: its products, and what it reads for them. How these weigh was
  /// found by measuring an NVIDIA H200 (driver 580.159.04), and no other GPU yet.
  var cost: Double { Double(tileM * tileN + 50 * (tileM + tileN)) }

  /// A launch that covers a result of rows and columns, `planes` times.
  func geometry(rows: Int, columns: Int, planes: Int = 1) -> LaunchGeometry {
    let local = (tileN / threadN, tileM / threadM)
    let (across, down) = (roundUp(columns, to: tileN) / threadN, roundUp(rows, to: tileM) / threadM)
    return planes == 1
      ? LaunchGeometry(across, down, local: local) : LaunchGeometry(across, down, planes, local: local)
  }

  package var description: String { "\(tileM)x\(tileN)x\(tileK), \(threadM)x\(threadN) each" }
}
