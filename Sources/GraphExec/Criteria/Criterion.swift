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
  /// Which candidates it ranks.
  static var units: [PruningUnit] { get }
  /// The only value that there is.
  init()
  /// The parameters whose entries rank the units of a group; none where it cannot rank these.
  func ranking(_ owners: UnitOwners, of network: Network) -> [UnitOwners.Owned]
  /// What the sum over a unit becomes by one more entry; it begins as 0.
  func sum(_ sum: Float, adding entry: Float) -> Float
  /// The rank, below 2^31, of an entry with this value, or of a unit with this sum.
  ///
  /// - Parameter bits: 32 random bits of the candidate.
  func rank(_ score: Float, bits: @autoclosure () -> UInt32) -> UInt32
  /// The ranks of all entries of a weight.
  ///
  /// - Parameter bits: the random bits of an entry's place.
  func ranks(_ values: UnsafeMutableBufferPointer<Float>, bits: StepBits) -> [UInt32]
}

extension Criterion {
  /// Entries and units.
  public static var units: [PruningUnit] { PruningUnit.allCases }
  /// The group's weights.
  public func ranking(_ owners: UnitOwners, of network: Network) -> [UnitOwners.Owned] { owners.weights }
  /// By absolute value: the bits of a float that is not negative are ordered as its value, NaN last.
  public func rank(_ score: Float, bits: @autoclosure () -> UInt32) -> UInt32 { score.magnitude.bitPattern }

  /// The ranks of all entries, in a loop for each criterion.
  public func ranks(_ values: UnsafeMutableBufferPointer<Float>, bits: StepBits) -> [UInt32] {
    values.indices.map { rank(values[$0], bits: bits($0)) }
  }

  func equals(_ other: any Criterion) -> Bool { (other as? Self) == self }
}
