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
  /// The first of `all` that the device's work-group size and local memory (bytes) allow.
  public static func choose(maxWorkGroup: Int, localMemory: Int) -> GPUTiles {
    all.first { $0.groupSize <= maxWorkGroup && $0.localBytes <= localMemory }
      ?? GPUTiles(tileM: 16, tileN: 16, tileK: 8, threadM: 2, threadN: 2, vector: 2)
  }

  /// The configurations that `matmul_gpu.cl` names, and that `whittle verify` tries; the one for middling products first.
  public static let all = [
    GPUTiles(tileM: 64, tileN: 64, tileK: 16, threadM: 4, threadN: 4),
    GPUTiles(tileM: 32, tileN: 32, tileK: 32, threadM: 4, threadN: 4),
    GPUTiles(tileM: 128, tileN: 128, tileK: 16, threadM: 8, threadN: 8),
    GPUTiles(tileM: 64, tileN: 64, tileK: 16, threadM: 8, threadN: 8),
    GPUTiles(tileM: 32, tileN: 32, tileK: 16, threadM: 2, threadN: 4, vector: 2),
  ]

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

  func geometry(_ pass: MatmulPass, inputs: Int, outputs: Int, ldw: Int, stride: Int) -> LaunchGeometry {
    let (rows, columns) =
      switch pass {
      case .forward: (outputs, stride)
      case .inputGradient: (inputs, stride)
      case .weightGradient: (inputs, ldw)
      }
    let local = (tileN / threadN, tileM / threadM)
    return LaunchGeometry(
      roundUp(columns, to: tileN) / threadN, roundUp(rows, to: tileM) / threadM, local: local)
  }

  var description: String { "\(tileM)x\(tileN)x\(tileK), \(threadM)x\(threadN) each" }

  // MARK: sparse layers

  private static let sparseEntries = 64
  private static let sparseVector = 4

  /// Batch columns of a work-group: all of them where that makes no more than 64 work-items.
  private func sparseGroup(_ stride: Int) -> Int { [64, 128].first { $0 >= stride } ?? 256 }

  func sparseMacros(stride: Int) -> [(String, Int)] {
    [
      ("SPARSE_GROUP", sparseGroup(stride)), ("SPARSE_ENTRIES", Self.sparseEntries),
      ("SPARSE_VECTOR", Self.sparseVector),
    ]
  }

  func sparseGeometry(_ pass: MatmulPass, rows: Int, stride: Int) -> LaunchGeometry {
    if pass == .weightGradient {
      return LaunchGeometry(rows * Self.sparseEntries, 1, local: (Self.sparseEntries, 1))
    }
    let group = sparseGroup(stride)
    let items = group / Self.sparseVector
    return LaunchGeometry(rows * items, (stride + group - 1) / group, local: (items, 1))
  }
}
