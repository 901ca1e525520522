import Foundation

/// What the kernels of a product can be built and launched with, said once: their parameters, the values that are worth a try,
/// and what a set of values has to satisfy.
package struct TileSpace<Tiles: Sendable & Equatable>: Sendable {
  package let parameters: [TileParameter<Tiles>]
  package let constraints: [TileConstraint<Tiles>]
  /// The only sets there are to choose from; nil for every combination of values.
  package var listed: [Tiles]?

  /// The first constraint that tiles break, in words; nil where they keep all.
  package func fault(of tiles: Tiles, in setting: TileSetting) -> String? {
    constraints.first { !$0.holds(tiles, setting) }?.words
  }

  /// All tiles that keep the constraints. What is no parameter of this product is taken from `base`.
  ///
  /// - Parameter small: with the values, too, that only verifications try.
  package func candidates(_ base: Tiles, in setting: TileSetting, small: Bool = false) -> [Tiles] {
    let all =
      listed
      ?? parameters.reduce([base]) { sets, parameter in
        sets.flatMap { tiles in
          (parameter.candidates + (small ? parameter.small : [])).map { value in
            var tiles = tiles
            tiles[keyPath: parameter.key] = value
            return tiles
          }
        }
      }
    return all.filter { fault(of: $0, in: setting) == nil }
  }

  /// Some of the candidates, in which each value of each parameter occurs that occurs in one.
  package func covering(_ base: Tiles, in setting: TileSetting) -> [Tiles] {
    var left = candidates(base, in: setting, small: true)
    var seen: Set<[Int]> = []
    func unseen(_ tiles: Tiles) -> Set<[Int]> {
      Set(parameters.enumerated().map { [$0, tiles[keyPath: $1.key]] }).subtracting(seen)
    }
    var chosen: [Tiles] = []
    while let best = left.max(by: { unseen($0).count < unseen($1).count }), !unseen(best).isEmpty {
      chosen.append(best)
      seen.formUnion(unseen(best))
      left.removeAll { $0 == best }
    }
    return chosen
  }

  /// The candidate with most of the values that only verifications try: sums are put down and taken up again with it.
  package func smallest(_ base: Tiles, in setting: TileSetting) -> Tiles {
    func count(_ tiles: Tiles) -> Int { parameters.count { $0.small.contains(tiles[keyPath: $0.key]) } }
    return candidates(base, in: setting, small: true).max { count($0) < count($1) } ?? base
  }

  /// The values of the parameters by their macros.
  package func values(of tiles: Tiles) -> [String: Int] {
    Dictionary(uniqueKeysWithValues: parameters.map { ($0.macro, tiles[keyPath: $0.key]) })
  }

  /// Tiles with these values of the parameters; nil where a value is missing, or another one there.
  package func tiles(_ values: [String: Int], in base: Tiles) -> Tiles? {
    guard Set(values.keys) == Set(parameters.map(\.macro)) else { return nil }
    return parameters.reduce(into: base) { tiles, parameter in
      if let value = values[parameter.macro] { tiles[keyPath: parameter.key] = value }
    }
  }

  /// All that decides over the candidates, as text.
  package var text: String {
    let sets = (listed ?? []).map { tiles in
      values(of: tiles).sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: " ")
    }
    return (parameters.map { "\($0.macro): \($0.candidates)" } + constraints.map(\.words) + sets)
      .joined(separator: "\n")
  }
}

/// A parameter of the tiles that kernels are built with.
package struct TileParameter<Tiles: Sendable>: Sendable {
  /// The macro that sets it.
  package let macro: String
  /// Where tiles hold it.
  package let key: WritableKeyPath<Tiles, Int> & Sendable
  /// Values worth a try.
  package let candidates: [Int]
  /// Values that only verifications try: small enough that their shapes have several panels.
  package let small: [Int]

  package init(
    _ macro: String, _ key: WritableKeyPath<Tiles, Int> & Sendable, _ candidates: [Int],
    small: [Int] = []
  ) {
    (self.macro, self.key, self.candidates, self.small) = (macro, key, candidates, small)
  }
}

/// Something that tiles have to satisfy, so that kernels can be built and launched with them, or that keeps useless ones out.
package struct TileConstraint<Tiles: Sendable>: Sendable {
  package let words: String
  package let holds: @Sendable (Tiles, TileSetting) -> Bool

  package init(_ words: String, _ holds: @escaping @Sendable (Tiles, TileSetting) -> Bool) {
    (self.words, self.holds) = (words, holds)
  }
}

/// What tiles have to fit: a product, and what its device allows.
package struct TileSetting: Sendable {
  package var product: ProductShape
  /// Local memory of a work-group, in bytes.
  package var localMemory: Int
  /// The largest work-group, in work-items.
  package var maxWorkGroup: Int
  /// Whether the optimizer is fused into the weight gradient.
  package var fusesUpdate: Bool

  package init(product: ProductShape, localMemory: Int, maxWorkGroup: Int, fusesUpdate: Bool) {
    self.product = product
    self.localMemory = localMemory
    self.maxWorkGroup = maxWorkGroup
    self.fusesUpdate = fusesUpdate
  }
}
