/// How a sparsity of the whole network is shared out among its layers.
public protocol Scope: Sendable, Hashable {
  /// Its name in configs.
  static var name: String { get }
  /// One phrase for people: how it shares.
  static var help: String { get }
  /// Whether candidates of several layers are ranked together.
  static var isGlobal: Bool { get }
  /// The only value that there is.
  init()
  /// How many candidates of which layers are pruned.
  ///
  /// For growing sparsities no layer's number may shrink: pruned entries do not come back.
  ///
  /// - Parameters:
  ///   - sparsity: the share of all candidates.
  ///   - layers: one at least, in the order of the network.
  ///   - minimum: as many candidates stay of each layer, or all where it has fewer.
  func shares(_ sparsity: Double, of layers: [PrunableLayer], minimum: Int) -> PruningShares
}

extension Scope {
  /// By the numbers of each layer.
  public static var isGlobal: Bool { false }
}

/// Candidates to prune.
public enum PruningShares: Sendable, Equatable {
  /// So many of each layer.
  case ofEach([Int])
  /// So many of all layers, which are ranked together.
  case together(Int)
}

/// The scopes that a sparsity can have.
public enum Scopes {
  /// All of them, in the order in which tables show them; the first is what a config means that names none.
  public static let all: [any Scope.Type] = [LayerScope.self, GlobalScope.self, ErdosRenyiScope.self]
}
