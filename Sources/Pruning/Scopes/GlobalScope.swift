/// The candidates of all layers are ranked together, and the lowest go, wherever they are.
public struct GlobalScope: Scope {
  /// `global`.
  public static let name = "global"
  /// That all are one.
  public static let help =
    "the candidates of all layers are ranked together, units by the mean over their entries"
  /// They are.
  public static let isGlobal = true

  /// Creates the scope.
  public init() {}

  /// `round(sparsity n)` of all n candidates; the selection sees to the minimum.
  public func shares(_ sparsity: Double, of layers: [PrunableLayer], minimum: Int) -> PruningShares {
    .together(PruneCount.count(sparsity: sparsity, of: layers.reduce(0) { $0 + $1.candidates }))
  }
}
