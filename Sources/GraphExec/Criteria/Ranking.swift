/// How a model ranks the candidates of pruning.
public struct Ranking: Sendable {
  /// By what.
  public var criterion: any Criterion
  /// Whether candidates of several weights, or groups of units, are ranked together.
  public var isGlobal: Bool

  /// Creates the description.
  public init(_ criterion: any Criterion = Magnitude(), isGlobal: Bool = false) {
    self.criterion = criterion
    self.isGlobal = isGlobal
  }

  /// Whether it ranks these candidates.
  func ranks(_ unit: PruningUnit) -> Bool { unit.isNeuron || type(of: criterion).ranksWeights }
  /// The file that goes before that of the keys.
  var prelude: String { "criteria/\(type(of: criterion).kernelFile).cl" }
}

extension Ranking: Equatable {
  /// Whether they rank alike.
  public static func == (a: Self, b: Self) -> Bool {
    a.criterion.equals(b.criterion) && a.isGlobal == b.isGlobal
  }
}
