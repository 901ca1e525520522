import Device

/// Tiles of a family of kernels, of which each product of a layer can take its own.
protocol ProductTiles: Sendable, Equatable {
  /// What a product's kernels can be built and launched with.
  static func space(_ pass: MatmulPass) -> TileSpace<Self>

  /// How a product is launched with them.
  func launch(_ product: ProductShape) -> ProductLaunch
}
