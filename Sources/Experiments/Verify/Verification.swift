import Device
import GraphExec

/// Every kernel in every configuration against the `Double` reference, on one device.
package struct Verification {
  /// The device.
  package var device: ComputeDevice
  /// The kernels' sources.
  package var sources: KernelSources
  /// Which matmul kernels, and which cut of the others.
  package var families: [KernelConfig.Family]
  /// Small shapes and few configurations, for a checker under which kernels run a thousand times slower.
  package var quick: Bool

  /// Creates a verification; both families are tried on any device.
  package init(
    device: ComputeDevice, sources: KernelSources = .embedded,
    families: [KernelConfig.Family] = KernelConfig.Family.allCases, quick: Bool = false
  ) {
    self.device = device
    self.sources = sources
    self.families = families
    self.quick = quick
  }

  /// Sizes at and around those of vectors and tiles.
  private static let sizes = [1, 7, 32, 33, 64, 93]

  /// Runs everything. What fails is in the report.
  ///
  /// - Parameter progress: called with what comes next.
  /// - Throws: `OpenCLError` when the device cannot be opened.
  package func run(progress: (String) -> Void = { _ in }) throws -> VerifyReport {
    let report = VerifyReport()
    let runner = try KernelRunner(ComputeContext(device, sources: sources))
    smallKernels(runner, report, progress)
    let configurations = families.flatMap { KernelConfig.verified($0, on: device, quick: quick) }
    let matmuls = MatmulVerification(runner: runner, report: report, configurations: configurations)
    for shape in shapes {
      progress("matmuls \(shape.description)")
      matmuls.verify(shape)
    }
    let sparse = SparseVerification(runner: runner, report: report)
    for family in families {
      for config in KernelConfig.verifiedSparse(family, on: device, quick: quick) {
        progress("sparse products, \(config.name)")
        for (shape, density) in sparseShapes { sparse.verify(shape, density: density, config) }
      }
    }
    return report
  }

  /// Every pair of sizes in every two of the three places, the cubes, and the layers of the challenge's network with a
  /// full and with a smaller last batch.
  private var shapes: [MatmulShape] {
    let sizes = Self.sizes
    if quick { return [MatmulShape(1, 1, 1), MatmulShape(33, 7, 32), MatmulShape(7, 93, 33, images: 20)] }
    let pairs = sizes.indices.flatMap { i in
      sizes.indices.map { j in MatmulShape(sizes[i], sizes[j], sizes[(i + j) % sizes.count]) }
    }
    let layers = [784, 1000, 1000, 500, 200, 10]
    let real = zip(layers, layers.dropFirst()).flatMap { inputs, outputs in
      [MatmulShape(inputs, outputs, 256), MatmulShape(inputs, outputs, 256, images: 96)]
    }
    return pairs + sizes.map { MatmulShape($0, $0, $0) } + real
  }

  /// Rows with many entries, few and none; a batch that does not fit the registers; a real layer.
  private var sparseShapes: [(MatmulShape, density: Double)] {
    let small = [
      (MatmulShape(7, 33, 33), 0.5), (MatmulShape(93, 64, 33, images: 20), 0.3),
      (MatmulShape(33, 1, 33), 0.04),
    ]
    if quick { return small }
    return small + [
      (MatmulShape(64, 93, 300), 0.2), (MatmulShape(1000, 500, 256), 0.1),
      (MatmulShape(784, 1000, 256, images: 96), 0.02),
    ]
  }

  private func smallKernels(_ runner: KernelRunner, _ report: VerifyReport, _ progress: (String) -> Void) {
    progress("the kernels of a step")
    let step = StepVerification(runner: runner, report: report)
    step.verifyState()
    let elementwise = ElementwiseVerification(runner: runner, report: report)
    for count in quick ? [1, 93] : [1, 7, 64, 93 * 64, 100_000] { elementwise.verify(count: count) }
    for family in families {
      let config = KernelConfig.choose(for: device, batchSize: 256, family: family)
      progress("gathers, loss and pruning, cut for a \(family.rawValue)")
      for (features, batch) in quick ? [(7, 33)] : [(1, 1), (7, 33), (33, 7), (64, 93), (93, 64), (784, 256)]
      {
        step.verifyGather(config, features: features, batch: batch)
      }
      let loss = LossVerification(runner: runner, report: report, config: config)
      for (classes, batch) in quick ? [(3, 33)] : [(1, 7), (2, 1), (10, 33), (33, 93), (10, 256), (10, 1500)]
      {
        loss.verify(classes: classes, batch: batch)
      }
      let masks = MaskVerification(runner: runner, report: report, config: config)
      for (inputs, outputs) in quick ? [(7, 33)] : Self.maskShapes {
        masks.verify(inputs: inputs, outputs: outputs)
      }
    }
  }

  private static let maskShapes = [
    (1, 1), (1, 93), (93, 1), (7, 33), (33, 7), (32, 32), (64, 93), (93, 64), (784, 1000), (500, 200),
  ]
}
