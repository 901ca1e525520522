/// What a criterion looks at.
public enum CriterionInput: Sendable, Hashable {
  /// The values of parameters as they are.
  case weights
  /// Numbers by which the weights' values are multiplied, such as the loss's gradients (`ParameterPart.gradient`).
  case gradients
  /// Images of the training set.
  case data
  /// What the steps of training added up of each entry (`Optimizer.tracksMovement`), in place of the values.
  case movement
}

/// What ranks the candidates of pruning, entries of a weight or units of a group: the lowest rank goes first.
///
/// It is said twice, once here and once in a file of `Kernels/criteria`; `whittle verify` holds the two against each
/// other. A rank is a number of 31 bits, so that every backend orders candidates alike.
public protocol Criterion: Sendable, Hashable {
  /// Its name in configs.
  static var name: String { get }
  /// One phrase for people: what it ranks by.
  static var help: String { get }
  /// Its file in `Kernels/criteria`, without the ending.
  static var kernelFile: String { get }
  /// Whether it ranks what single weights have, entries and blocks; units of groups it does.
  static var ranksWeights: Bool { get }
  /// What it looks at.
  static var needs: Set<CriterionInput> { get }
  /// Batches of images that it looks at where a config says nothing.
  static var batches: Int { get }
  /// In how many rounds of growing sparsity it prunes at one moment where a config says nothing.
  static var rounds: Int { get }
  /// The only value that there is.
  init()
  /// The parameters whose entries rank the units of a group; none where it cannot rank these.
  func ranking(_ owners: UnitOwners, of network: Network) -> [UnitOwners.Owned]
  /// Leaves the numbers with a model by which the weights' values are multiplied: the loss's gradients where nothing else is
  /// said.
  ///
  /// - Parameters:
  ///   - model: the one that is to be pruned.
  ///   - set: the one that it is trained on.
  ///   - images: those of the set that it looks at; none where it needs no data.
  func enqueueGradients(of model: any Model, on set: any ResidentSet, images: [Int32]) throws
  /// Prunes a model as a request says.
  func enqueue(_ request: PruningRequest, on model: any Model) throws
  /// What the sum over a unit or block becomes by one more entry; it begins as 0.
  ///
  /// - Parameters:
  ///   - sum: that over the entries before.
  ///   - entry: the value, times the entry's gradient where these are needed.
  func sum(_ sum: Float, adding entry: Float) -> Float
  /// The rank, below 2^31, of an entry with this value (times its gradient, likewise), or of a unit or block with this sum.
  ///
  /// - Parameters:
  ///   - score: the value, or the sum.
  ///   - bits: 32 random bits of the candidate.
  func rank(_ score: Float, bits: @autoclosure () -> UInt32) -> UInt32
  /// The ranks of all entries of a weight.
  ///
  /// - Parameters:
  ///   - values: the entries, row by row, likewise times their gradients.
  ///   - bits: the random bits of an entry's place.
  func ranks(_ values: UnsafeMutableBufferPointer<Float>, bits: StepBits) -> [UInt32]
}

extension Criterion {
  /// The weights alone.
  public static var needs: Set<CriterionInput> { [.weights] }
  /// One.
  public static var batches: Int { 1 }
  /// One.
  public static var rounds: Int { 1 }
  /// It does.
  public static var ranksWeights: Bool { true }
  /// The group's weights.
  public func ranking(_ owners: UnitOwners, of network: Network) -> [UnitOwners.Owned] { owners.weights }
  /// By absolute value: the bits of a float that is not negative are ordered as its value, NaN last.
  public func rank(_ score: Float, bits: @autoclosure () -> UInt32) -> UInt32 { score.magnitude.bitPattern }

  /// The ranks of all entries, in a loop for each criterion.
  public func ranks(_ values: UnsafeMutableBufferPointer<Float>, bits: StepBits) -> [UInt32] {
    values.indices.map { rank(values[$0], bits: bits($0)) }
  }

  /// Those of the loss on these images.
  public func enqueueGradients(of model: any Model, on set: any ResidentSet, images: [Int32]) throws {
    try model.enqueueGradients(on: set, images: images)
  }

  /// Round by round, each on gradients of its own.
  public func enqueue(_ request: PruningRequest, on model: any Model) throws {
    for events in request.rounds {
      if needsGradients { try enqueueGradients(of: model, on: request.set, images: request.images) }
      for event in events { try model.enqueuePruning(event) }
    }
  }

  /// Whether the weights' values are multiplied by gradients.
  public var needsGradients: Bool { Self.needs.contains(.gradients) }

  /// Whether what training added up is looked at in place of the values.
  public var needsMovement: Bool { Self.needs.contains(.movement) }

  /// The part of a parameter that is looked at.
  ///
  /// - Parameter slots: the optimizer's, of which movement is the last.
  func ranked(_ slots: [ParameterPart]) -> ParameterPart {
    needsMovement ? slots.last ?? .value : .value
  }

  func equals(_ other: any Criterion) -> Bool { (other as? Self) == self }
}
