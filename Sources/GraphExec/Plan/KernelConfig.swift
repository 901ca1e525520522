import Device

/// Which matmul kernels run, and with which tiles: one value yields both the `-D` options and the launch geometry, so
/// that the two cannot disagree.
public enum KernelConfig: Sendable, Equatable {
  /// Kernels for CPU devices (`matmul_cpu.cl`).
  case cpu(CPUTiles)
  /// Kernels for GPUs (`matmul_gpu.cl`).
  case gpu(GPUTileSet)

  /// The two families of kernels.
  public enum Family: String, Sendable, CaseIterable { case cpu, gpu }

  /// The configuration for a device and a batch size; `family` overrides the one that fits the device.
  public static func choose(
    for device: some DeviceTraits, batchSize: Int, family: Family? = nil
  ) -> KernelConfig {
    switch family ?? (device.kind == .cpu ? .cpu : .gpu) {
    case .cpu:
      return .cpu(
        CPUTiles.choose(width: device.floatWidth, localMemory: device.localMemory, batchSize: batchSize))
    case .gpu:
      return .gpu(
        GPUTileSet.choose(
          maxWorkGroup: device.maxWorkGroup, localMemory: device.localMemory, units: device.computeUnits))
    }
  }

  /// The batch's stride: the batch size rounded up to what the tiles need.
  public func stride(forBatch batchSize: Int) -> Int {
    switch self {
    case .cpu(let tiles): roundUp(batchSize, to: tiles.batchStep)
    case .gpu: roundUp(batchSize, to: 16)
    }
  }

  /// Whether the weight gradient can be consumed by the optimizer in the kernel that computes it.
  public func fusesUpdate(stride: Int) -> Bool {
    switch self {
    case .cpu(let tiles): stride <= tiles.gradientDepth
    case .gpu: true
    }
  }

  /// The file of the matmul kernels.
  public var matmulFile: String {
    switch self {
    case .cpu: "matmul_cpu.cl"
    case .gpu: "matmul_gpu.cl"
    }
  }

  /// All that decides over the tiles of matmuls, as text.
  package var tiles: String {
    switch self {
    case .cpu(let tiles): defines(tiles.macros)
    case .gpu(let set): (set.all.map(\.description) + ["\(set.units) units"]).joined(separator: "; ")
    }
  }

  /// The file of the kernels for layers in CSR.
  public var sparseFile: String {
    switch self {
    case .cpu: "sparse_cpu.cl"
    case .gpu: "sparse_gpu.cl"
    }
  }

  /// `-D` options of the sparse file.
  public func sparseOptions(stride: Int) -> String {
    switch self {
    case .cpu(let tiles): defines(tiles.sparseMacros(stride: stride))
    case .gpu: defines(GPUTileSet.sparseMacros(stride: stride))
    }
  }

  /// Launch geometry of a product over a layer's surviving entries.
  public func sparseGeometry(_ pass: MatmulPass, inputs: Int, outputs: Int, stride: Int) -> LaunchGeometry {
    let rows = pass == .inputGradient ? inputs : outputs
    switch self {
    case .cpu: return CPUTiles.sparseGeometry(pass, rows: rows, others: inputs)
    case .gpu: return GPUTileSet.sparseGeometry(pass, rows: rows, stride: stride)
    }
  }

  /// How a matmul over a layer is launched.
  package func matmul(_ pass: MatmulPass, inputs: Int, outputs: Int, stride: Int) -> ProductLaunch {
    let ldw = leadingDimension(outputs)
    switch self {
    case .cpu(let tiles):
      return ProductLaunch(
        options: defines(tiles.macros), tile: tiles.describe(pass),
        geometry: tiles.geometry(pass, inputs: inputs, outputs: outputs, ldw: ldw, stride: stride))
    case .gpu(let set):
      switch pass {
      case .forward: return set.launch(rows: outputs, columns: stride)
      case .inputGradient: return set.launch(rows: inputs, columns: stride)
      case .weightGradient: return set.launch(rows: inputs, columns: ldw)
      }
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
}

/// The three matmuls of a layer.
public enum MatmulPass: String, Sendable, CaseIterable {
  /// `Y = Wᵀ X`.
  case forward
  /// `dX = W dY`.
  case inputGradient = "input_gradient"
  /// `G = X dYᵀ`.
  case weightGradient = "weight_gradient"

  /// The name, for people.
  var words: String { rawValue.replacing("_", with: " ") }
}

/// `-DNAME=value` for each macro.
package func defines(_ macros: [(String, Int)]) -> String {
  macros.map { "-D\($0.0)=\($0.1)" }.joined(separator: " ")
}
