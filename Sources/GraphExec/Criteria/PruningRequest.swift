/// What a criterion is to prune at one moment, and what it can look at.
public struct PruningRequest: Sendable {
  /// The events of each round, the last of which are what is asked for in the end.
  public let rounds: [[PruningEvent]]
  /// The set that the model is trained on.
  public let set: any ResidentSet
  /// The images of it that are looked at.
  public let images: [Int32]

  /// Creates a request.
  public init(rounds: [[PruningEvent]], set: any ResidentSet, images: [Int32]) {
    (self.rounds, self.set, self.images) = (rounds, set, images)
  }
}

/// Why a criterion cannot rank the candidates of a model.
public struct CriterionError: Error, Equatable, CustomStringConvertible {
  /// One line.
  public let description: String
}
