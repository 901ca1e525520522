/// The criteria that candidates of pruning can be ranked by.
public enum Criteria {
  /// All of them, in the order in which tables show them; the first is what a config means that names none.
  public static let all: [any Criterion.Type] = [
    Magnitude.self, L1Norm.self, RandomRank.self, BatchNormScale.self, SNIP.self, Taylor.self, GraSP.self,
    SynFlow.self, Movement.self,
  ]
}
