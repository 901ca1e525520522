import Device
import GraphExec

/// A configuration, and the products that it is tried with.
struct VerifiedProducts {
  let config: KernelConfig
  var passes = MatmulPass.allCases
}

extension KernelConfig {
  /// Family and tile, in a few words.
  package var name: String {
    switch kernels {
    case .cpu(let tiles): "cpu \(tiles.width) wide"
    case .gpu(let set): "gpu " + (set.all.count == 1 ? set.all[0].description : "tiles by size")
    }
  }

  /// Family and tile of the products of a pass, in a few words.
  func name(_ pass: MatmulPass) -> String {
    guard case .cpu(let tiles) = kernels else { return name }
    let values = CPUTiles.space(pass).values(of: tiles).sorted { $0.key < $1.key }
    return "\(name), " + values.map { "\($0.key.lowercased()) \($0.value)" }.joined(separator: " ")
  }

  /// The configurations of a family that a verification tries the dense products in, as far as the device's work-groups and
  /// local memory allow: what a rule chooses, every value of every parameter of a CPU's, and every set of a GPU's.
  static func verified(_ family: Family, on device: some DeviceTraits, quick: Bool) -> [VerifiedProducts] {
    let chosen = (quick ? [] : [256, 93, 1500]).map {
      VerifiedProducts(config: .choose(for: device, batchSize: $0, family: family))
    }
    switch family {
    case .cpu:
      return chosen
        + [16, 8, 4].flatMap { width in
          MatmulPass.allCases.flatMap { pass in
            CPUTiles.verified(pass, width: width, on: device, quick: quick).map {
              VerifiedProducts(config: .cpu($0), passes: [pass])
            }
          }
        }
    case .gpu:
      return chosen.prefix(1) + verifiedTiles(on: device, quick: quick).map { VerifiedProducts(config: $0) }
    }
  }

  /// Every set of a GPU's tiles that the device allows.
  private static func verifiedTiles(on device: some DeviceTraits, quick: Bool) -> [KernelConfig] {
    let product = ProductShape(kernels: "", pass: .forward, inputs: 1, outputs: 1, columns: 16)
    let setting = TileSetting(
      product: product, localMemory: device.localMemory, maxWorkGroup: device.maxWorkGroup, fusesUpdate: true)
    return GPUTiles.space(.forward).candidates(.smallest, in: setting)
      // A simulated device takes the time of a whole tile, whatever the shape.
      .filter { !quick || $0.tileM * $0.tileN <= 64 * 64 }.map { .gpu(GPUTileSet($0)) }
  }

  /// The configurations whose kernels of convolutions differ: the vector widths, and the tiles of GPUs.
  static func verifiedConvolutions(
    _ family: Family, on device: some DeviceTraits, quick: Bool
  ) -> [KernelConfig] {
    switch family {
    case .cpu: verifiedSparse(.cpu, on: device, quick: quick)
    case .gpu:
      quick
        ? verifiedSparse(.gpu, on: device, quick: true)
        : verified(.gpu, on: device, quick: false).map(\.config)
    }
  }

  /// The configurations whose sparse kernels differ: the vector widths, and the tiles of one GPU configuration.
  static func verifiedSparse(
    _ family: Family, on device: some DeviceTraits, quick: Bool
  ) -> [KernelConfig] {
    switch family {
    case .cpu:
      (quick ? [8] : [16, 8, 4]).map {
        .cpu(CPUTiles.choose(width: $0, localMemory: device.localMemory, batchSize: 1))
      }
    case .gpu:
      [
        quick
          ? .gpu(GPUTileSet(.smallest))
          : .choose(for: device, batchSize: 256, family: .gpu)
      ]
    }
  }
}

extension CPUTiles {
  /// Tiles in which every value of every parameter of a pass occurs, for batches that no panel has to hold whole.
  ///
  /// - Parameter quick: a few of them, since a simulated device takes its time; one width tells of loops and edges.
  fileprivate static func verified(
    _ pass: MatmulPass, width: Int, on device: some DeviceTraits, quick: Bool
  ) -> [CPUTiles] {
    let base = choose(width: width, localMemory: device.localMemory, batchSize: 256)
    // A multiple of all vectors.
    let columns = 3 * 256
    let setting = TileSetting(
      product: ProductShape(kernels: "", pass: pass, inputs: 256, outputs: 256, columns: columns),
      localMemory: device.localMemory, maxWorkGroup: device.maxWorkGroup, fusesUpdate: false)
    let tiles = space(pass).covering(base, in: setting)
    guard quick else { return tiles }
    return width == 8 ? tiles.prefix(2) + [space(pass).smallest(base, in: setting)] : Array(tiles.prefix(1))
  }
}
