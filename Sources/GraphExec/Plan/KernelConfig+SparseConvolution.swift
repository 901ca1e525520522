import Device

/// Files, macros and geometry of the kernels of convolutions in CSR.
extension KernelConfig {
  /// The file of the kernels.
  var sparseConvolutionFile: String {
    switch kernels {
    case .cpu: "sparse_conv_cpu.cl"
    case .gpu: "sparse_conv_gpu.cl"
    }
  }

  /// `-D` options of that file.
  func sparseConvolutionOptions(stride: Int) -> String {
    switch kernels {
    case .cpu(let tiles):
      // The sums of two pixels stay in registers: there are 32 of the widest vectors, 16 of the others.
      let most = tiles.width == 16 ? 8 : 4
      let images = convolutionBlock(lines: 1, stride: stride).images
      let vectors = (1...most).last { (stride % ($0 * tiles.width), images % ($0 * tiles.width)) == (0, 0) }
      return defines([("WIDTH", tiles.width), ("SPARSE_VECTORS", vectors ?? 1)])
    // Groups take several pixels where a batch is small.
    case .gpu: return defines(GPUTileSet.sparseMacros(stride: Self.sparseColumns))
    }
  }

  private static let sparseColumns = 256

  /// The geometry of forward products and input gradients.
  ///
  /// - Parameters:
  ///   - rows: channels of the result.
  ///   - columns: its pixels and images; of one plane.
  ///   - planes: sets of pixels that read alike.
  func sparseConvolution(rows: Int, columns: Int, lines: Int, stride: Int, planes: Int) -> LaunchGeometry {
    switch kernels {
    case .cpu:
      return convolution(rows: rows, columns: columns, lines: lines, stride: stride, planes: planes).geometry
    case .gpu:
      let plane = GPUTileSet.sparseGeometry(.forward, rows: rows, stride: Self.sparseColumns)
      return LaunchGeometry(
        plane.global[0], (columns + Self.sparseColumns - 1) / Self.sparseColumns, planes,
        local: (plane.local[0], 1))
    }
  }

  /// How a weight gradient is shared out: lines and images of a group, and how many parts it has.
  func sparseConvolutionGradient(outputs: Int, output: Shape, stride: Int) -> (
    block: [Launch.Argument], count: Int, geometry: LaunchGeometry
  ) {
    func blocks(_ whole: Int, _ size: Int) -> Int { (whole + size - 1) / size }
    switch kernels {
    case .cpu:
      let (lines, images) = convolutionBlock(lines: output.height, stride: stride)
      let count = (lines: blocks(output.height, lines), images: blocks(stride, images))
      return (
        [.int(lines), .int(images)], count.lines * count.images,
        LaunchGeometry(count.lines, count.images, local: (1, 1))
      )
    case .gpu:
      let lines = max(1, 64 / output.width)
      let column = GPUTileSet.sparseGeometry(.weightGradient, rows: outputs, stride: stride)
      let count = blocks(output.height, lines)
      return (
        [.int(lines)], count, LaunchGeometry(column.global[0], 1, count, local: (column.local[0], 1))
      )
    }
  }
}
