import Device

/// Macros and geometry of the kernels for GPUs over surviving entries.
extension GPUTileSet {
  private static let entries = 64
  private static let vector = 4

  /// Batch columns of a work-group: all of them where that makes no more than 64 work-items.
  private static func group(_ stride: Int) -> Int { [64, 128].first { $0 >= stride } ?? 256 }

  static func sparseMacros(stride: Int) -> [(String, Int)] {
    [("SPARSE_GROUP", group(stride)), ("SPARSE_ENTRIES", entries), ("SPARSE_VECTOR", vector)]
  }

  static func sparseGeometry(_ pass: MatmulPass, rows: Int, stride: Int) -> LaunchGeometry {
    if pass == .weightGradient {
      return LaunchGeometry(rows * entries, 1, local: (entries, 1))
    }
    let group = group(stride)
    let items = group / vector
    return LaunchGeometry(rows * items, (stride + group - 1) / group, local: (items, 1))
  }
}
