/// Erdős–Rényi kernel (Evci et al. 2020, RigL): a layer's density is in proportion to the sum of its weight's extents over
/// their product, `(n_in + n_out + h + w) / (n_in n_out h w)`, so that larger layers become sparser; but at most 1.
///
/// All layers together reach the sparsity, to the candidate. Survivors are given out one by one, each to the layer that
/// has the fewest for its share (Sainte-Laguë's method): so numbers are those of the formula, rounded; layers that would
/// have a density above 1 stay dense and the others share the rest, as in RigL's code; and no layer gets more survivors
/// when there are fewer in all.
public struct ErdosRenyiScope: Scope {
  /// `erk`.
  public static let name = "erk"
  /// What the densities are like.
  public static let help =
    "densities in proportion to (inputs + outputs + kernel) / (inputs x outputs x kernel), as in RigL"

  /// Creates the scope.
  public init() {}

  /// What is left of each layer's candidates.
  public func shares(_ sparsity: Double, of layers: [PrunableLayer], minimum: Int) -> PruningShares {
    let total = layers.reduce(0) { $0 + $1.candidates }
    let survivors = Self.survivors(
      total - PruneCount.count(sparsity: sparsity, of: total), of: layers, minimum: minimum)
    return .ofEach(zip(layers, survivors).map { $0.candidates - $1 })
  }

  /// Gives `total` survivors out, to no layer more than it has candidates or fewer than its minimum.
  static func survivors(_ total: Int, of layers: [PrunableLayer], minimum: Int) -> [Int] {
    let least = layers.map { min(minimum, $0.candidates) }
    let shares = layers.map { $0.erdosRenyiDensity * Double($0.candidates) }
    /// The numbers for densities of `scale` times the layers' own.
    func rounded(_ scale: Double) -> [Int] {
      layers.indices.map {
        max(least[$0], Int(min(shares[$0] * scale, Double(layers[$0].candidates)).rounded()))
      }
    }
    // The largest scale, found by halving, that gives out no more than there are: most are given at once.
    var (low, high) = (0.0, layers.map { 1 / $0.erdosRenyiDensity }.max() ?? 0)
    if rounded(high).reduce(0, +) <= total { low = high }
    for _ in 0..<100 where low < high {
      let middle = (low + high) / 2
      if rounded(middle).reduce(0, +) <= total { low = middle } else { high = middle }
    }
    // The last one of each is given out again, in the order of claims: there rounding of the scale could decide.
    var survivors = zip(rounded(low), least).map { max($0 - 1, $1) }
    func claim(_ layer: Int) -> Double { shares[layer] / Double(2 * survivors[layer] + 1) }
    for _ in 0..<max(0, total - survivors.reduce(0, +)) {
      let open = layers.indices.filter { survivors[$0] < layers[$0].candidates }
      // Of those with the same claim the first.
      guard let next = open.max(by: { claim($0) < claim($1) }) else { break }
      survivors[next] += 1
    }
    return survivors
  }
}
