import Device

/// Which matmul kernels run, and with which tiles: one value yields both the `-D` options and the launch geometry, so
/// that the two cannot disagree.
public struct KernelConfig: Sendable, Equatable {
  /// A family of kernels, and the tiles that a rule gives them.
  package enum Kernels: Sendable, Equatable {
    /// For CPU devices (`matmul_cpu.cl`).
    case cpu(CPUTiles)
    /// For GPUs (`matmul_gpu.cl`).
    case gpu(GPUTileSet)
  }

  package let kernels: Kernels
  /// Tiles that were measured, which go before those of the rule.
  let tuned: TunedTiles

  /// The two families of kernels.
  public enum Family: String, Sendable, CaseIterable { case cpu, gpu }

  /// Kernels for CPU devices, all with these tiles.
  public static func cpu(_ tiles: CPUTiles) -> KernelConfig {
    KernelConfig(kernels: .cpu(tiles), tuned: .none)
  }

  /// Kernels for GPUs with tiles of this set.
  public static func gpu(_ set: GPUTileSet) -> KernelConfig { KernelConfig(kernels: .gpu(set), tuned: .none) }

  /// The configuration for a device and a batch size; `family` overrides the one that fits the device.
  ///
  /// - Parameters:
  ///   - device: what it is for.
  ///   - batchSize: images of a step.
  ///   - family: nil for the one that fits the device.
  ///   - tables: tiles that were measured; nothing but the rule's where there are none.
  public static func choose(
    for device: some DeviceTraits, batchSize: Int, family: Family? = nil, tables: [TileTable] = []
  ) -> KernelConfig {
    let kernels: Kernels =
      switch family ?? Family(for: device) {
      case .cpu:
        .cpu(CPUTiles.choose(width: device.floatWidth, localMemory: device.localMemory, batchSize: batchSize))
      case .gpu:
        .gpu(
          GPUTileSet.choose(
            maxWorkGroup: device.maxWorkGroup, localMemory: device.localMemory, units: device.computeUnits))
      }
    return KernelConfig(kernels: kernels, tuned: TunedTiles(tables, on: device))
  }

  /// The batch's stride: the batch size rounded up to what the tiles need.
  public func stride(forBatch batchSize: Int) -> Int {
    switch kernels {
    case .cpu(let tiles): roundUp(batchSize, to: tiles.batchStep)
    case .gpu: roundUp(batchSize, to: 16)
    }
  }

  /// Whether the weight gradient can be consumed by the optimizer in the kernel that computes it.
  public func fusesUpdate(stride: Int) -> Bool {
    switch kernels {
    case .cpu(let tiles): stride <= tiles.gradientDepth
    case .gpu: true
    }
  }

  /// The file of the matmul kernels.
  public var matmulFile: String {
    switch kernels {
    case .cpu: "matmul_cpu.cl"
    case .gpu: "matmul_gpu.cl"
    }
  }

  /// All that decides over the tiles of a middling layer's matmuls, as text.
  package func tiles(stride: Int) -> String {
    let rule =
      switch kernels {
      case .cpu(let tiles): defines(tiles.macros)
      case .gpu(let set): (set.all.map(\.description) + ["\(set.units) units"]).joined(separator: "; ")
      }
    let products = MatmulPass.allCases.map {
      matmul($0, inputs: 1000, outputs: 1000, stride: stride).options
    }
    return ([rule] + products).joined(separator: "; ")
  }

  /// The file of the kernels for layers in CSR.
  public var sparseFile: String {
    switch kernels {
    case .cpu: "sparse_cpu.cl"
    case .gpu: "sparse_gpu.cl"
    }
  }

  /// `-D` options of the sparse file.
  ///
  /// - Parameters:
  ///   - stride: floats from one feature's row of activations to the next.
  ///   - together: rows of the result that are alike, and taken together.
  public func sparseOptions(stride: Int, together: Int = 1) -> String {
    switch kernels {
    case .cpu(let tiles): defines(tiles.sparseMacros(stride: stride, together: together))
    case .gpu: defines(GPUTileSet.sparseMacros(stride: stride))
    }
  }

  /// Whether the kernels of layers in CSR can take rows of the result together that are alike.
  package var takesBlocksOfEntries: Bool { if case .cpu = kernels { true } else { false } }

  /// Launch geometry of a product over a layer's surviving entries.
  public func sparseGeometry(_ pass: MatmulPass, inputs: Int, outputs: Int, stride: Int) -> LaunchGeometry {
    let rows = pass == .inputGradient ? inputs : outputs
    switch kernels {
    case .cpu: return CPUTiles.sparseGeometry(pass, rows: rows, others: inputs)
    case .gpu: return GPUTileSet.sparseGeometry(pass, rows: rows, stride: stride)
    }
  }

  /// How a matmul over a layer is launched.
  package func matmul(_ pass: MatmulPass, inputs: Int, outputs: Int, stride: Int) -> ProductLaunch {
    let product = ProductShape(
      kernels: matmulFile, pass: pass, inputs: inputs, outputs: outputs, columns: stride)
    let fusesUpdate = fusesUpdate(stride: stride)
    switch kernels {
    case .cpu(let tiles): return tuned.launch(product, rule: tiles, fusesUpdate: fusesUpdate)
    case .gpu(let set): return tuned.launch(product, rule: set.tiles(for: product), fusesUpdate: fusesUpdate)
    }
  }
}

/// With which tiles a product is built, and how it is launched.
package struct ProductLaunch {
  /// `-D` options of its file.
  package let options: String
  /// The tile, for people.
  package let tile: String
  package let geometry: LaunchGeometry
  /// Where the tile comes from.
  package var source = TileSource.rule
}

extension KernelConfig.Family {
  /// The family that fits a device.
  package init(for device: some DeviceTraits) { self = device.kind == .cpu ? .cpu : .gpu }
}

/// The three matmuls of a layer.
public enum MatmulPass: String, Sendable, CaseIterable, Codable {
  /// `Y = Wᵀ X`.
  case forward
  /// `dX = W dY`.
  case inputGradient = "input_gradient"
  /// `G = X dYᵀ`.
  case weightGradient = "weight_gradient"

  /// The name, for people.
  package var words: String { rawValue.replacing("_", with: " ") }
}

/// `-DNAME=value` for each macro.
package func defines(_ macros: [(String, Int)]) -> String {
  macros.map { "-D\($0.0)=\($0.1)" }.joined(separator: " ")
}
