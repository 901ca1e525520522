/// Each layer reaches the sparsity by itself.
public struct LayerScope: Scope {
  /// `layer`.
  public static let name = "layer"
  /// That each is alone.
  public static let help = "each layer reaches the sparsity by itself"

  /// Creates the scope.
  public init() {}

  /// `round(sparsity n)` of a layer's n candidates, as far as it can keep its minimum.
  public func shares(_ sparsity: Double, of layers: [PrunableLayer], minimum: Int) -> PruningShares {
    .ofEach(
      layers.map {
        min(PruneCount.count(sparsity: sparsity, of: $0.candidates), max(0, $0.candidates - minimum))
      })
  }
}
