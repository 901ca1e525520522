import Device
import Foundation

/// The tiles that were measured for a device, of which each product takes those of the nearest one that was tried.
public struct TunedTiles: Sendable, Equatable {
  /// Those of this device first.
  package let tables: [TileTable]
  private let localMemory: Int
  private let maxWorkGroup: Int
  private let computeUnits: Int

  /// None: every product goes by the rule.
  static let none = TunedTiles(tables: [], localMemory: 0, maxWorkGroup: 0, computeUnits: 1)

  /// Tiles for use on a device.
  package init(_ tables: [TileTable], on device: some DeviceTraits) {
    self.init(
      tables: tables, localMemory: device.localMemory, maxWorkGroup: device.maxWorkGroup,
      computeUnits: device.computeUnits)
  }

  private init(tables: [TileTable], localMemory: Int, maxWorkGroup: Int, computeUnits: Int) {
    self.tables = tables
    self.localMemory = localMemory
    self.maxWorkGroup = maxWorkGroup
    self.computeUnits = computeUnits
  }

  /// The launch of a product with the tiles of the nearest entry, or with those of the rule.
  func launch<Tiles: ProductTiles>(_ product: ProductShape, rule: Tiles, fusesUpdate: Bool) -> ProductLaunch {
    let (tiles, source) = tiles(product, rule: rule, fusesUpdate: fusesUpdate)
    var launch = tiles.launch(product)
    launch.source = source
    return launch
  }

  /// The tiles of that launch, and where they come from.
  func tiles<Tiles: ProductTiles>(_ product: ProductShape, rule: Tiles, fusesUpdate: Bool) -> (
    tiles: Tiles, source: TileSource
  ) {
    let space = Tiles.space(product.pass)
    let setting = TileSetting(
      product: product, localMemory: localMemory, maxWorkGroup: maxWorkGroup, fusesUpdate: fusesUpdate)
    for (entry, device) in nearest(product) {
      guard let tiles = space.tiles(entry.tiles, in: rule), space.fault(of: tiles, in: setting) == nil else {
        continue
      }
      let isExact = entry.product == product
      // Tiles of another product or device are not to leave compute units without work.
      let enough = min(rule.launch(product).geometry.groups, 2 * computeUnits)
      guard isExact && device == nil || tiles.launch(product).geometry.groups >= enough else { continue }
      let sizes = isExact ? nil : entry.product.sizes
      return (tiles, device.map { .known(device: $0, sizes: sizes) } ?? .tuned(sizes: sizes))
    }
    return (rule, .rule)
  }

  /// The entries for products of the same kernels and pass, the nearest first; of equally near ones, this device's own first.
  private func nearest(_ product: ProductShape) -> [(TileTable.Entry, device: String?)] {
    tables.enumerated().flatMap { place, table in
      table.entries.compactMap { entry in
        entry.product.distance(to: product).map { (entry: entry, table: place, distance: $0) }
      }
    }
    .sorted { ($0.distance, $0.table) < ($1.distance, $1.table) }
    .map { ($0.entry, tables[$0.table].device) }
  }
}

extension ProductShape {
  /// How far the sizes are apart, in factors of two, all three together; nil for products that have nothing to tell each other:
  /// of other kernels, another pass, or further apart than factors of eight in all.
  fileprivate func distance(to other: ProductShape) -> Double? {
    guard kernels == other.kernels, pass == other.pass else { return nil }
    let factors = [(inputs, other.inputs), (outputs, other.outputs), (columns, other.columns)]
    let distance = factors.reduce(0) { $0 + abs(log2(Double($1.0) / Double($1.1))) }
    return distance <= 3 ? distance : nil
  }
}
