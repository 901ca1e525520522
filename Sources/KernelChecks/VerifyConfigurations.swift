import Device
import GraphExec

extension KernelConfig {
  /// Family and tile, in a few words.
  package var name: String {
    switch self {
    case .cpu(let tiles):
      "cpu \(tiles.width) wide, \(tiles.tileRows)x\(tiles.tileVectors), panels \(tiles.panelDepth) and "
        + "\(tiles.gradientVectors)x\(tiles.gradientDepth)"
    case .gpu(let set): "gpu " + (set.all.count == 1 ? set.all[0].description : "tiles by size")
    }
  }

  /// The configurations of a family that a verification tries: as far as the device's work-groups and local memory allow.
  static func verified(_ family: Family, on device: some DeviceTraits, quick: Bool) -> [KernelConfig] {
    var chosen: [KernelConfig] = []
    func add(_ config: KernelConfig) { if !chosen.contains(config) { chosen.append(config) } }
    switch family {
    case .cpu:
      if !quick {
        for batch in [256, 93, 1500] { add(.choose(for: device, batchSize: batch, family: .cpu)) }
      }
      for tiles in CPUTiles.verified(quick: quick) where tiles.localBytes <= device.localMemory {
        add(.cpu(tiles))
      }
    case .gpu:
      if !quick { add(.choose(for: device, batchSize: 256, family: .gpu)) }
      // A simulated device takes the time of a whole tile, whatever the shape.
      for tiles in GPUTiles.all.filter({ !quick || $0.tileM * $0.tileN <= 64 * 64 }) + [.smallest]
      where tiles.groupSize <= device.maxWorkGroup && tiles.localBytes <= device.localMemory {
        add(.gpu(GPUTileSet(tiles)))
      }
    }
    return chosen
  }

  /// The configurations whose kernels of convolutions differ: the vector widths, and the tiles of GPUs.
  static func verifiedConvolutions(
    _ family: Family, on device: some DeviceTraits, quick: Bool
  ) -> [KernelConfig] {
    switch family {
    case .cpu: verifiedSparse(.cpu, on: device, quick: quick)
    case .gpu:
      quick ? verifiedSparse(.gpu, on: device, quick: true) : verified(.gpu, on: device, quick: false)
    }
  }

  /// The configurations whose sparse kernels differ: the vector widths, and the tiles of one GPU configuration.
  static func verifiedSparse(
    _ family: Family, on device: some DeviceTraits, quick: Bool
  ) -> [KernelConfig] {
    switch family {
    case .cpu:
      (quick ? [8] : [16, 8, 4]).map {
        .cpu(CPUTiles(width: $0, tileVectors: 1, gradientVectors: 1, gradientDepth: 256))
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
  /// Local memory of the larger of the two panels, in bytes.
  fileprivate var localBytes: Int {
    4 * max(panelDepth * panelRows, gradientDepth * width * gradientVectors)
  }

  /// Every vector width with every tile, the panels now as deep as a batch and now shallower, so that sums are put
  /// down and taken up again.
  fileprivate static func verified(quick: Bool) -> [CPUTiles] {
    var all: [CPUTiles] = []
    for width in [16, 8, 4] {
      for vectors in 1...4 where !quick || vectors == 3 {
        var tiles = CPUTiles(
          width: width, tileVectors: vectors, gradientVectors: [1, 2, 4, 4][vectors - 1], gradientDepth: 0)
        tiles.gradientDepth = roundUp(quick ? 33 : 256, to: tiles.batchStep)
        tiles.panelDepth = vectors % 2 == 0 ? 512 : 48
        if vectors == 2 || quick && width == 16 {
          tiles.tileRows = 8
          tiles.inputRows = 10
          tiles.gradientTile = 8
        }
        all.append(tiles)
      }
      var shallow = CPUTiles(width: width, tileVectors: 2, gradientVectors: 4, gradientDepth: 32)
      shallow.panelDepth = 24
      shallow.gradientRows = 48
      if !quick || width == 8 { all.append(shallow) }
    }
    return all
  }
}
