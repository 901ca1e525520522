import Device

/// Files, macros and geometry of the kernels of convolutions.
extension KernelConfig {
  /// The file of the kernels of convolutions.
  var convolutionFile: String {
    switch self {
    case .cpu: "conv_cpu.cl"
    case .gpu: "conv_gpu.cl"
    }
  }

  /// `-D` options of that file.
  var convolutionOptions: String {
    switch self {
    case .cpu(let tiles): defines([("WIDTH", tiles.width)])
    case .gpu(let tiles): defines(tiles.macros)
    }
  }

  /// The tiles of a convolution's products, for people.
  var convolutionTile: String {
    switch self {
    case .cpu(let tiles): "\(tiles.width) wide"
    case .gpu: tile(.forward)
    }
  }

  /// Whether a work-group is told which lines and images it takes; else it takes a tile of the result.
  package var blocksConvolutions: Bool { if case .cpu = self { true } else { false } }

  /// The lines of an image and the images that a work-group takes: enough groups for all cores, each with few lines, so that
  /// what they read stays in the caches.
  func convolutionBlock(lines: Int, stride: Int) -> (lines: Int, images: Int) {
    (max(1, lines / 16), min(stride, 256))
  }

  /// The geometry of forward products and input gradients.
  ///
  /// - Parameters:
  ///   - rows: channels of the result.
  ///   - columns: its pixels and images; of one plane.
  ///   - planes: sets of pixels that read alike.
  func convolution(rows: Int, columns: Int, lines: Int, stride: Int, planes: Int) -> LaunchGeometry {
    switch self {
    case .cpu:
      let block = convolutionBlock(lines: lines, stride: stride)
      return LaunchGeometry(
        (lines + block.lines - 1) / block.lines, (stride + block.images - 1) / block.images, local: (1, 1))
    case .gpu(let tiles):
      return LaunchGeometry(
        roundUp(columns, to: tiles.tileN) / tiles.threadN, roundUp(rows, to: tiles.tileM) / tiles.threadM,
        planes, local: (tiles.tileN / tiles.threadN, tiles.tileM / tiles.threadM))
    }
  }

  /// How a weight gradient is shared out: lines, images and rows of a group, and how many parts it has.
  func convolutionGradient(depth: Int, ldw: Int, output: Shape, stride: Int) -> (
    lines: Int, images: Int, rows: Int, count: Int, geometry: LaunchGeometry
  ) {
    let lines = max(1, 64 / output.width)
    let lineBlocks = (output.height + lines - 1) / lines
    switch self {
    case .cpu:
      let images = convolutionBlock(lines: output.height, stride: stride).images
      let imageBlocks = (stride + images - 1) / images
      let count = lineBlocks * imageBlocks
      // Some sixteen groups in all, in whole register tiles.
      let shares = max(1, 16 / count)
      let rows = max(12, roundUp((depth + shares - 1) / shares, to: 12))
      return (
        lines, images, rows, count,
        LaunchGeometry(lineBlocks, imageBlocks, (depth + rows - 1) / rows, local: (1, 1))
      )
    case .gpu(let tiles):
      let geometry = LaunchGeometry(
        roundUp(ldw, to: tiles.tileN) / tiles.threadN, roundUp(depth, to: tiles.tileM) / tiles.threadM,
        lineBlocks,
        local: (tiles.tileN / tiles.threadN, tiles.tileM / tiles.threadM))
      return (lines, stride, depth, lineBlocks, geometry)
    }
  }

  /// The geometry of the sum of a weight gradient's parts.
  func convolutionSum(depth: Int, ldw: Int) -> LaunchGeometry {
    switch self {
    case .cpu(let tiles): LaunchGeometry(ldw / tiles.width, depth, local: (1, 1))
    case .gpu: LaunchGeometry(ldw, depth, local: (16, 1))
    }
  }
}
