import Device

/// The tiles that the kernels for GPUs can take on a device, of which each product takes those that suit its size.
public struct GPUTileSet: Sendable, Equatable {
  /// What there is to choose from: at least one.
  public let all: [GPUTiles]
  /// Work-groups that run at the same time, each with all of its compute unit: the device's compute units.
  public let units: Int

  /// One kind of tiles for every product.
  public init(_ tiles: GPUTiles) {
    self.init([tiles], units: 1)
  }

  private init(_ all: [GPUTiles], units: Int) {
    (self.all, self.units) = (all, units)
  }

  /// Those of `GPUTiles.all` that the device's work-group size and local memory (bytes) allow; where it allows none, the
  /// smallest there are.
  public static func choose(maxWorkGroup: Int, localMemory: Int, units: Int) -> GPUTileSet {
    let setting = TileSetting(
      product: ProductShape(kernels: "", pass: .forward, inputs: 0, outputs: 0, columns: 0),
      localMemory: localMemory, maxWorkGroup: maxWorkGroup, fusesUpdate: true)
    let fitting = GPUTiles.all.filter { GPUTiles.space(.forward).fault(of: $0, in: setting) == nil }
    return GPUTileSet(fitting.isEmpty ? [.smallest] : fitting, units: max(units, 1))
  }

  /// The tiles for a product whose result has so many rows and columns, `planes` times.
  package func tiles(rows: Int, columns: Int, planes: Int = 1) -> GPUTiles {
    func cost(_ tiles: GPUTiles) -> Double {
      let groups = tiles.groups(rows: rows, columns: columns) * planes
      return tiles.cost * Double((groups + units - 1) / units)
    }
    return all.dropFirst().reduce(all[0]) { cost($1) < cost($0) ? $1 : $0 }
  }

  /// The tiles for a product of a layer.
  func tiles(for product: ProductShape) -> GPUTiles {
    let (rows, columns) = GPUTiles.result(of: product)
    return tiles(rows: rows, columns: columns)
  }

  /// A launch with those tiles.
  func launch(rows: Int, columns: Int, planes: Int = 1) -> ProductLaunch {
    tiles(rows: rows, columns: columns, planes: planes)
      .launch(rows: rows, columns: columns, planes: planes)
  }

  /// Groups among which a convolution's weight gradient is shared out: several for each of an H200's 132 units. A constant,
  /// since the bits of the sum depend on its parts, and a study may go on on another device.
  private static let gradientGroups = 512

  /// The lines and images of a group that computes a part of a convolution's weight gradient, of so many rows and columns: each
  /// still has some hundred products to add up.
  package static func gradientBlock(rows: Int, columns: Int, output: Shape, stride: Int) -> (
    lines: Int, images: Int
  ) {
    func share(_ whole: Int, _ parts: Int) -> Int { max(1, (whole + parts - 1) / parts) }
    let tiles = share(rows, 64) * share(columns, 64)
    let parts = min(share(gradientGroups, tiles), share(output.pixels * stride, 256))
    let lines = share(output.height, parts)
    let images = share(stride, share(parts, share(output.height, lines)))
    return (lines, min(stride, roundUp(images, to: 16)))
  }
}
