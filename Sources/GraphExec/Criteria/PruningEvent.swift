/// Candidates that are ranked together, and how many of them are pruned.
public struct PruningEvent: Sendable, Equatable {
  /// What is pruned as one.
  public let unit: PruningUnit
  /// The weights whose entries are candidates, or the first weight of each group whose units are; among equals, candidates
  /// of an earlier one go first.
  public let weights: [ParameterID]
  /// Candidates pruned in all, those pruned before included; of each group of inputs (`PruningUnit.group`) equally many, its
  /// share rounded down.
  public let count: Int
  /// So many candidates of each weight or group stay, its best, and others go in their place; fewer than `count` go where
  /// there are none.
  public let minimumSurvivors: Int

  /// An event among the candidates of several weights or groups.
  public init(_ weights: [ParameterID], unit: PruningUnit, count: Int, minimumSurvivors: Int = 0) {
    precondition(!weights.isEmpty && count >= 0 && minimumSurvivors >= 0, "an event is about some candidates")
    if case .group = unit { precondition(weights.count == 1, "groups of inputs are ranked by themselves") }
    self.unit = unit
    self.weights = weights
    self.count = count
    self.minimumSurvivors = minimumSurvivors
  }

  /// An event among the candidates of one weight or group.
  public init(_ weight: ParameterID, unit: PruningUnit, count: Int, minimumSurvivors: Int = 0) {
    self.init([weight], unit: unit, count: count, minimumSurvivors: minimumSurvivors)
  }

  /// How many candidates are pruned of weights or groups with so many, as far as each can keep its minimum.
  public func count(of candidates: [Int]) -> Int {
    min(count, candidates.reduce(0) { $0 + max($1 - minimumSurvivors, 0) })
  }
}
