import Device

/// Files, macros and geometry of the kernels of convolutions.
extension KernelConfig {
  /// The file of the kernels of convolutions.
  var convolutionFile: String {
    switch kernels {
    case .cpu: "conv_cpu.cl"
    case .gpu: "conv_gpu.cl"
    }
  }

  /// Whether a work-group is told which lines and images it takes; else it takes a tile of the result.
  package var blocksConvolutions: Bool { if case .cpu = kernels { true } else { false } }

  /// The lines of an image and the images that a work-group takes: enough groups for all cores, each with few lines, so that
  /// what they read stays in the caches.
  func convolutionBlock(lines: Int, stride: Int) -> (lines: Int, images: Int) {
    (max(1, lines / 16), min(stride, 256))
  }

  /// How forward products and input gradients are launched.
  ///
  /// - Parameters:
  ///   - rows: channels of the result.
  ///   - columns: its pixels and images; of one plane.
  ///   - planes: sets of pixels that read alike.
  func convolution(rows: Int, columns: Int, lines: Int, stride: Int, planes: Int) -> ProductLaunch {
    switch kernels {
    case .cpu(let tiles):
      let block = convolutionBlock(lines: lines, stride: stride)
      return blocked(
        tiles,
        LaunchGeometry(
          (lines + block.lines - 1) / block.lines, (stride + block.images - 1) / block.images, local: (1, 1)))
    case .gpu(let set): return set.launch(rows: rows, columns: columns, planes: planes)
    }
  }

  private func blocked(_ tiles: CPUTiles, _ geometry: LaunchGeometry) -> ProductLaunch {
    ProductLaunch(
      options: defines(tiles.convolutionMacros), tile: "\(tiles.width) wide", geometry: geometry)
  }

  /// How a weight gradient is shared out and launched: what a group is told, and how many parts there are.
  func convolutionGradient(depth: Int, ldw: Int, output: Shape, stride: Int) -> (
    block: [Launch.Argument], count: Int, launch: ProductLaunch
  ) {
    switch kernels {
    case .cpu(let tiles):
      let lines = max(1, 64 / output.width)
      let images = convolutionBlock(lines: output.height, stride: stride).images
      let (lineBlocks, imageBlocks) = (
        (output.height + lines - 1) / lines, (stride + images - 1) / images
      )
      let count = lineBlocks * imageBlocks
      // Some sixteen groups in all, in whole register tiles.
      let shares = max(1, 16 / count)
      let rows = max(12, roundUp((depth + shares - 1) / shares, to: 12))
      return (
        [.int(lines), .int(images), .int(rows)], count,
        blocked(tiles, LaunchGeometry(lineBlocks, imageBlocks, (depth + rows - 1) / rows, local: (1, 1)))
      )
    case .gpu(let set):
      let (lines, images) = GPUTileSet.gradientBlock(
        rows: depth, columns: ldw, output: output, stride: stride)
      let count = (output.height + lines - 1) / lines * ((stride + images - 1) / images)
      return (
        [.int(lines), .int(images)], count, set.launch(rows: depth, columns: ldw, planes: count)
      )
    }
  }

  /// The geometry of the sum of a weight gradient's parts.
  func convolutionSum(depth: Int, ldw: Int) -> LaunchGeometry {
    switch kernels {
    case .cpu(let tiles): LaunchGeometry(ldw / tiles.width, depth, local: (1, 1))
    case .gpu: LaunchGeometry(ldw, depth, local: (16, 1))
    }
  }
}

extension CPUTiles {
  /// Macros of the kernels of convolutions: register tiles of as many sums as there are registers for beside the operands.
  ///
  /// Of 32 registers, 24 in the weight gradient and 8 in the others, where weights need no register; of 16, 12. RESULTS.md has
  /// what that gives, and where ("Convolutions there").
  fileprivate var convolutionMacros: [(String, Int)] {
    let (rows, vectors, gradientRows) = width == 16 ? (8, 1, 6) : (6, 2, 3)
    return [
      ("WIDTH", width), ("TILE_ROWS", rows), ("TILE_VECTORS", vectors), ("GRADIENT_ROWS", gradientRows),
    ]
  }
}
