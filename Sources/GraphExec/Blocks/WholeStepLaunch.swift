import Device

/// The launch of `network_gpu.cl`: the one place that knows its arguments, its tiles and its geometry.
struct WholeStepLaunch {
  private let config: KernelConfig
  private let kernelTiles: GPUTiles
  private let groups: Int
  private let optimizer: any Optimizer
  /// Floats of a row.
  let stride: Int

  /// - Parameter groups: those that run at once.
  /// - Returns: nil where there are no such kernels.
  init?(_ config: KernelConfig, _ tiles: GPUTiles, groups: Int, stride: Int, optimizer: any Optimizer) {
    guard Self.takes(tiles, config, stride: stride) else { return nil }
    self.config = config
    kernelTiles = tiles
    self.groups = groups
    self.stride = stride
    self.optimizer = optimizer
  }

  /// Whether tiles are worth a try: small ones, of which there are many, but whose groups have a work-item for each part of a
  /// batch's loss. On an H100 those of 64 x 64 took half as long again, and those of 64 x 32 as long as of 32 x 64; each costs
  /// a second or two to build.
  static func takes(_ tiles: GPUTiles, _ config: KernelConfig, stride: Int) -> Bool {
    guard case .gpu = config.kernels else { return false }
    let items = tiles.groupSize
    return max(lossParts(config, stride), 128) <= items && items.nonzeroBitCount == 1 && tiles.tileM <= 32
      && tiles.tileN <= 64
  }

  /// Groups of so many work-items that fill a compute unit: with more than that there are more to wait for.
  static func groupsOfUnit(_ tiles: GPUTiles) -> Int { max(1, 256 / tiles.groupSize) }

  private var small: SmallKernels { SmallKernels(config) }
  private static func macro(_ name: String, _ macros: [(String, Int)]) -> Int {
    macros.first { $0.0 == name }?.1 ?? 1
  }
  private var sumItems: Int { Self.macro("GROUP", small.channelMacros(width: 1, stride: stride)) }
  private var gatherTile: Int { Self.macro("GATHER_TILE", small.gatherMacros) }
  private static func lossParts(_ config: KernelConfig, _ stride: Int) -> Int {
    stride / macro("LOSS_VECTOR", SmallKernels(config).lossMacros(stride: stride))
  }

  // MARK: tiles of jobs

  func tiles(rows: Int, columns: Int) -> Int { kernelTiles.groups(rows: rows, columns: columns) }
  func gatherTiles(features: Int) -> Int {
    share(stride / gatherTile * share(features, gatherTile), kernelTiles.groupSize)
  }
  var lossTiles: Int { share(lossParts, kernelTiles.groupSize) }
  func biasTiles(_ outputs: Int) -> Int { share(outputs, kernelTiles.groupSize / sumItems) }
  /// Parts in which the loss of a batch is summed.
  var lossParts: Int { Self.lossParts(config, stride) }

  private func share(_ whole: Int, _ part: Int) -> Int { (whole + part - 1) / part }

  // MARK: the launch

  /// What it is told of the images.
  struct Images {
    let input: Plan.Input
    let layout: TensorLayout
    /// Where they lie among the activations.
    let view: PixelView
    let loss: SoftmaxCrossEntropy
  }

  func launch(_ of: Images, _ program: WholeStepProgram, batchSize: Int, flops: Int, bytes: Int) -> Launch {
    let (shape, isBytes) = (of.layout.shape, of.input == .bytes)
    let parameters = program.parameters.flatMap { id -> [Launch.Argument] in
      // Of a parameter without a mask, anything stands in for it.
      let mask: [ParameterPart] =
        program.masked.isEmpty ? [] : [program.masked.contains(id) ? .mask : .value]
      return ([.value] + optimizer.slotParts + mask).map { .buffer(.parameter(id, $0)) }
    }
    let own = min(groups, program.mostTiles)
    let (across, down) = (kernelTiles.tileN / kernelTiles.threadN, kernelTiles.tileM / kernelTiles.threadM)
    return Launch(
      label: "all layers, forward and back, and all updates", file: "network_gpu.cl",
      prelude: optimizer.prelude, kernel: isBytes ? "network_step_bytes" : "network_step_floats",
      options: defines(
        kernelTiles.macros + small.gatherMacros + small.lossMacros(stride: stride) + [
          ("WG_SUM", sumItems), ("PARAMETERS", program.parameters.count),
          ("MASKED", program.masked.isEmpty ? 0 : 1),
        ]) + " " + optimizer.kernelOptions,
      arguments: [
        .int(program.phases.count), .int(shape.count), .int2(shape.height, shape.width), .view(of.view),
        .imageCount, .int(batchSize), .int(stride), .float(Float(of.loss.labelSmoothing)), .learningRate,
        optimizer.numbersArgument, .buffer(.wholeStep(.program)), .buffer(.images), .buffer(.labels),
        .buffer(.order),
      ] + (isBytes ? [.buffer(.scales)] : [])
        + [BufferID.state, .wholeStep(.activations), .wholeStep(.losses)].map { .buffer($0) } + parameters
        + [.buffer(.wholeStep(.meetings))],
      geometry: LaunchGeometry(own * across, down, local: (across, down)), tile: kernelTiles.description,
      shape: "\(program.phases.count) phases x \(stride)", flops: flops, bytes: bytes)
  }
}
