import Device
import GraphExec

/// Every kernel in every configuration, on whatever launches them.
struct VerifyPass {
  let runner: any KernelRunner
  let report: VerifyReport
  let families: [KernelConfig.Family]
  /// Few configurations.
  let quick: Bool
  let extent: VerifyExtent
  /// Called with what comes next.
  let progress: (String) -> Void

  /// - Parameter first: what to begin with; everything else follows.
  func run(first: VerifyPart? = nil) {
    for part in (first.map { [$0] } ?? []) + VerifyPart.allCases.filter({ $0 != first }) { run(part) }
  }

  private func run(_ part: VerifyPart) {
    switch part {
    case .small: smallKernels()
    case .matmuls: matmuls()
    case .convolutions: convolutions()
    case .sparse: sparseProducts()
    case .sparseConvolutions: sparseConvolutions()
    case .blocks: blocks()
    case .wholeSteps: wholeSteps()
    case .optimizers: optimizers()
    }
  }

  private func matmuls() {
    let configurations = families.flatMap { KernelConfig.verified($0, on: runner.device, quick: quick) }
    let matmuls = MatmulVerification(runner: runner, report: report, configurations: configurations)
    for shape in extent.matmuls {
      progress("matmuls \(shape.description)")
      matmuls.verify(shape)
    }
  }

  private func convolutions() {
    let convolutions = ConvolutionVerification(runner: runner, report: report, isThorough: extent.isThorough)
    let configurations = families.flatMap {
      KernelConfig.verifiedConvolutions($0, on: runner.device, quick: quick)
    }
    for shape in extent.convolutions {
      progress("convolutions \(shape.description)")
      convolutions.verify(shape, configurations)
    }
    for shape in extent.blockedConvolutions {
      progress("convolutions \(shape.description)")
      convolutions.verify(shape, configurations.filter(\.blocksConvolutions))
    }
  }

  private func sparseProducts() {
    let sparse = SparseVerification(runner: runner, report: report)
    for family in families {
      for config in KernelConfig.verifiedSparse(family, on: runner.device, quick: quick) {
        progress("sparse products, \(config.name)")
        for (shape, density) in extent.sparse { sparse.verify(shape, density: density, config) }
        for (shape, density, blocks) in extent.sparseBlocks {
          sparse.verify(shape, density: density, in: blocks, config)
        }
      }
    }
  }

  private func sparseConvolutions() {
    let convolutions = SparseConvolutionVerification(
      runner: runner, report: report, isThorough: extent.isThorough)
    let configurations = families.flatMap {
      KernelConfig.verifiedSparse($0, on: runner.device, quick: quick)
    }
    for (shape, density) in extent.sparseConvolutions {
      progress("sparse convolutions \(shape.description)")
      convolutions.verify(shape, density: density, configurations)
    }
  }

  /// Steps in one launch, by a number of groups that does not divide their tiles.
  private func wholeSteps() {
    guard families.contains(.gpu), runner.device.ordersGroups else { return }
    let config = KernelConfig.choose(for: runner.device, batchSize: 256, family: .gpu)
    for case .whole(let tiles, _) in config.stepForms(forBatch: 256, on: runner.device).prefix(
      quick ? 1 : .max)
    {
      progress("steps in one launch, tiles of \(tiles.description)")
      let training = TrainingVerification(runner: runner, report: report, form: .whole(tiles, groups: 7))
      for (shape, classes) in extent.trainings { training.verify(shape, classes: classes) }
    }
  }

  /// Layers as a network's launch runs them, for blocks of images of each kind.
  private func blocks() {
    for (family, images) in families.flatMap({ family in extent.blocks.map { (family, $0) } }) {
      // How an image alone is taken depends on the width.
      for config in KernelConfig.verifiedSparse(family, on: runner.device, quick: quick && images > 1)
      where config.blockFile != nil {
        progress("blocks of \(images) images, \(config.name)")
        let blocks = BlockVerification(runner: runner, report: report, config: config, images: images)
        for (shape, density) in extent.sparse {
          blocks.verify(shape, density: density)
          blocks.verify(shape, density: nil)
        }
        for (shape, density) in extent.sparseConvolutions {
          blocks.verify(shape, density: density)
          blocks.verify(shape, density: nil)
        }
        let training = TrainingVerification(
          runner: runner, report: report, form: .blocks(images: images), width: config.width)
        for (shape, classes) in extent.trainings { training.verify(shape, classes: classes) }
      }
    }
  }

  /// The updates of optimizers; the products that they are fused into have been tried with the first one, in every tile.
  private func optimizers() {
    let sparse = SparseVerification(runner: runner, report: report)
    let convolutions = SparseConvolutionVerification(runner: runner, report: report, isThorough: false)
    let (shape, density) = (MatmulShape(33, 18, 33, images: 20), 0.4)
    let filters = ConvolutionShape(
      Shape(2, 3, 4), Conv2D(outputs: 5, kernel: 3, padding: 1), batch: 33, images: 20)
    for family in families {
      let configurations = KernelConfig.verifiedSparse(family, on: runner.device, quick: quick)
      let dense = MatmulVerification(
        runner: runner, report: report, configurations: configurations.map { VerifiedProducts(config: $0) })
      for optimizer in quick ? Optimizers.fusedExamples : Optimizers.examples {
        progress("updates by \(UpdateReference(optimizer).name), kernels for a \(family.rawValue)")
        dense.verifyUpdates(shape, optimizer)
        for config in configurations {
          sparse.verifyUpdate(shape, density: density, config, optimizer)
          let blocks = SparseBlocks(inputs: 1, outputs: 4)
          sparse.verifyUpdate(shape, density: density, in: blocks, config, optimizer)
          convolutions.verifyUpdate(filters, density: density, config, optimizer)
          guard config.blockFile != nil else { continue }
          TrainingVerification(runner: runner, report: report, form: .blocks(images: 16), width: config.width)
            .verify(shape, classes: 7, optimizer: optimizer, formats: [.sparse])
        }
      }
    }
  }

  private func smallKernels() {
    progress("the kernels of a step")
    let step = StepVerification(runner: runner, report: report)
    step.verifyState()
    PeakVerification(runner: runner, report: report).verify()
    let elementwise = ElementwiseVerification(runner: runner, report: report)
    for count in extent.elements { elementwise.verify(count: count) }
    for family in families {
      let config = KernelConfig.choose(for: runner.device, batchSize: 256, family: family)
      progress("gathers, pixels, channels, loss and pruning, set up for a \(family.rawValue)")
      let gathers = GatherVerification(runner: runner, report: report, config: config)
      for (layout, batch) in extent.gathers { gathers.verify(layout, batch: batch) }
      let pixels = PixelVerification(runner: runner, report: report, config: config)
      for (from, to, batch) in extent.copies { pixels.verifyCopy(from: from, to: to, batch: batch) }
      for (from, _, batch) in extent.copies { pixels.verifyDropout(from, batch: batch) }
      let pools = PoolVerification(runner: runner, report: report, config: config)
      for (window, shape, batch) in extent.pools {
        pools.verify(window, of: shape, batch: batch)
        pools.verifyGlobal(of: shape, batch: batch)
      }
      let channels = ChannelVerification(runner: runner, report: report, config: config)
      for (shape, batch, images) in extent.channels {
        channels.verify(shape, batch: batch, images: images)
      }
      let loss = LossVerification(runner: runner, report: report, config: config)
      for (classes, batch) in extent.losses {
        loss.verify(classes: classes, batch: batch, specials: extent.lossSpecials)
        loss.verifyBatches(classes: classes, batch: batch)
      }
      let masks = MaskVerification(runner: runner, report: report, config: config)
      for (inputs, outputs) in extent.masks {
        masks.verify(inputs: inputs, outputs: outputs, isThorough: extent.isThorough)
      }
      for units in extent.groups { masks.verifyGroup(units: units) }
      for (size, groups, outputs) in extent.inputGroups {
        masks.verifyInputGroups(size: size, groups: groups, outputs: outputs)
      }
      for (inputs, outputs) in extent.criteria {
        masks.verifyCriteria(inputs: inputs, outputs: outputs, isThorough: extent.isThorough)
      }
      masks.verifyTogether(sizes: extent.together)
      let topologies = TopologyVerification(runner: runner, report: report, config: config)
      for (inputs, outputs, density) in extent.topologies {
        topologies.verify(
          inputs: inputs, outputs: outputs, density: density, isThorough: extent.isThorough)
      }
    }
  }
}
