import Device

/// The launches of `network_gradients_cpu.cl` and `network_update_cpu.cl`: the one place that knows their arguments and geometry.
package struct TrainingLaunches {
  private let config: KernelConfig
  private let optimizer: any Optimizer
  /// Images of a block.
  private let images: Int
  /// Floats from one row of the batch's activations to the next, in a plan of layers.
  private let stride: Int
  private let tiles: CPUTiles
  private let lossMacros: [(String, Int)]

  /// - Returns: nil where there are no such kernels.
  init?(_ config: KernelConfig, images: Int, stride: Int, optimizer: any Optimizer) {
    guard case .cpu(let tiles) = config.kernels, config.fusesUpdate(stride: stride), images >= 16,
      stride % images == 0
    else { return nil }
    self.config = config
    self.optimizer = optimizer
    self.images = images
    self.stride = stride
    self.tiles = tiles
    lossMacros = SmallKernels(config).lossMacros(stride: stride)
    // A work-item of the loss takes one part, as here.
    guard lossParts <= lossItems else { return nil }
  }

  private func macro(_ name: String) -> Int { lossMacros.first { $0.0 == name }?.1 ?? 1 }
  private var lossItems: Int { macro("WG_LOSS") }
  /// Parts in which the loss of a batch is summed.
  var lossParts: Int { stride / macro("LOSS_VECTOR") }
  /// Blocks of a batch.
  var blocks: Int { stride / images }

  /// What a block is told of images and results.
  struct Images {
    let input: Plan.Input
    let layout: TensorLayout
    /// Where they lie in a slot.
    let view: PixelView
    let classes: Int
    /// The first rows of the logits and their gradient.
    let logits: Int
    let gradient: Int
    let loss: SoftmaxCrossEntropy
  }

  /// Forward pass, loss and gradients of activations.
  func gradients(
    _ of: Images, _ program: TrainingProgram, steps: Int, batchSize: Int, flops: Int, bytes: Int
  ) -> Launch {
    let (shape, isBytes) = (of.layout.shape, of.input == .bytes)
    let arguments: [Launch.Argument] =
      [
        .int(steps), .int(program.back), .int(program.stepsBack), .int(shape.count),
        .int2(shape.height, shape.width), .view(of.view), .int(of.classes), .int2(of.logits, of.gradient),
        .imageCount, .int(batchSize), .float(Float(of.loss.labelSmoothing)), .learningRate,
        optimizer.numbersArgument, .int(program.program.slotCount),
      ]
      + [
        BufferID.trainingBlocks(.program), .blocks(.packed), .trainingBlocks(.packed), .images, .labels,
        .order,
      ].map { .buffer($0) }
      + (isBytes ? [.buffer(.scales)] : [])
      + [BufferID.state, .trainingBlocks(.slots), .trainingBlocks(.losses)].map { .buffer($0) }
    return Launch(
      label: "all layers, forward and back", file: "network_gradients_cpu.cl", prelude: optimizer.prelude,
      kernel: isBytes ? "network_gradients_bytes" : "network_gradients_floats",
      options: [config.blockOptions(images: images), defines([("LOSS_VECTOR", macro("LOSS_VECTOR"))])]
        .joined(separator: " ") + " " + optimizer.kernelOptions,
      arguments: arguments, geometry: LaunchGeometry(blocks, local: 1), tile: "blocks of \(images)",
      shape: "\(steps) layers x \(stride)", flops: flops, bytes: bytes)
  }

  /// What gathers the values of sparse weights before the others; nil where none are.
  func values(_ program: TrainingProgram) -> Launch? {
    guard program.gathers.count > 0 else { return nil }
    return launch(
      "values", "network_values",
      [.int(program.gathers.words)]
        + [
          BufferID.trainingBlocks(.program), .blocks(.places), .trainingBlocks(.places), .blocks(.packed),
        ].map { .buffer($0) }
        + parameters(program) + [.buffer(.trainingBlocks(.packed))], program, groups: program.gathers.groups,
      shape: "\(program.gathers.count)", flops: 0, bytes: 12 * program.gathers.count)
  }

  /// The gradients of all parameters, their updates, and the counters.
  func update(_ program: TrainingProgram, batchSize: Int, flops: Int, bytes: Int) -> Launch {
    launch(
      "all updates", "network_update",
      [
        .imageCount, .int(batchSize), .int(stride), .int(lossParts), .int(program.updates),
        .int(program.program.slotCount), .buffer(.trainingBlocks(.program)), .buffer(.blocks(.packed)),
        .buffer(.trainingBlocks(.slots)), .buffer(.trainingBlocks(.losses)),
      ] + parameters(program) + [.buffer(.state)], program, groups: program.groups,
      shape: "\(program.updated.count) parameters x \(stride)", flops: flops, bytes: bytes)
  }

  /// A launch of `network_update_cpu.cl`.
  private func launch(
    _ label: String, _ kernel: String, _ arguments: [Launch.Argument], _ program: TrainingProgram,
    groups: Int, shape: String, flops: Int, bytes: Int
  ) -> Launch {
    let macros =
      [("BLOCK", images), ("PARAMETERS", program.updated.count), ("MASKED", program.isMasked ? 1 : 0)]
      + [
        ("BIAS_ROWS", TrainingProgram.biasRows), ("LOSS_PARTS", lossItems),
        ("LOSS_VECTOR", macro("LOSS_VECTOR")),
      ] + tiles.gradientMacros
      + (program.isSparse
        ? [("SPARSE", 1), ("GATHER_ENTRIES", BlockLaunches.gatheredEntries)]
          + tiles.sparseMacros(stride: stride, together: 1).filter { $0.0 != "WIDTH" } : [])
    return Launch(
      label: label, file: "network_update_cpu.cl", prelude: optimizer.prelude, kernel: kernel,
      options: defines(macros) + " " + optimizer.kernelOptions, arguments: arguments,
      geometry: LaunchGeometry(groups, local: 1), tile: tiles.describe(.weightGradient), shape: shape,
      flops: flops, bytes: bytes)
  }

  /// The arrays of all parameters.
  private func parameters(_ program: TrainingProgram) -> [Launch.Argument] {
    program.updated.flatMap { id -> [Launch.Argument] in
      let parts = [ParameterPart.value] + optimizer.slotParts + (program.isMasked ? [mask(id, program)] : [])
      return parts.map { .buffer(.parameter(id, $0)) }
    }
  }

  /// The part that is given as a parameter's mask: of one that has none, any stands in.
  private func mask(_ id: ParameterID, _ program: TrainingProgram) -> ParameterPart {
    program.masked.contains(id) ? .mask : .value
  }
}

extension CPUTiles {
  fileprivate var gradientMacros: [(String, Int)] {
    macros.filter { $0.0 == "WIDTH" || $0.0.hasPrefix("GRADIENT_") }
  }
}
