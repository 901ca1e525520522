import GraphExec
import Pruning
import Testing

/// How scopes share a sparsity out among layers.
@Suite struct ScopeTests {
  /// Layers of linear weights, inputs by outputs.
  private static func layers(_ sizes: [(Int, Int)]) -> [PrunableLayer] {
    sizes.enumerated().map {
      PrunableLayer(ParameterID($0), candidates: $1.0 * $1.1, extents: [[$1.0, $1.1]])
    }
  }

  private static let lenet = layers([(784, 300), (300, 100), (100, 10)])

  private static func counts(
    _ scope: any Scope, _ sparsity: Double, _ layers: [PrunableLayer], minimum: Int = 0
  ) -> [Int] {
    switch scope.shares(sparsity, of: layers, minimum: minimum) {
    case .ofEach(let counts): counts
    case .together(let count): [count]
    }
  }

  @Test("every scope prunes nothing at 0, and as much as can be at 1")
  func ends() {
    for kind in Scopes.all {
      let scope = kind.init()
      #expect(Self.counts(scope, 0, Self.lenet).allSatisfy { $0 == 0 }, "\(kind.name)")
      #expect(Self.counts(scope, 1, Self.lenet).reduce(0, +) == 266_200, "\(kind.name)")
      #expect(
        scope.shares(0.5, of: [Self.lenet[0]], minimum: 1) != scope.shares(0, of: [Self.lenet[0]], minimum: 1)
      )
      // Of a single layer every scope prunes as many.
      #expect(Self.counts(scope, 0.985, [Self.lenet[0]]) == [231_672], "\(kind.name)")
    }
  }

  @Test("layer: each to the sparsity, none below its minimum")
  func layer() {
    #expect(Self.counts(LayerScope(), 0.985, Self.lenet) == [231_672, 29_550, 985])
    #expect(Self.counts(LayerScope(), 0.985, Self.lenet, minimum: 100) == [231_672, 29_550, 900])
    #expect(Self.counts(LayerScope(), 0.5, Self.layers([(1, 1), (1, 5)]), minimum: 1) == [0, 2])
  }

  @Test("global: the sparsity of all together")
  func global() {
    #expect(GlobalScope().shares(0.985, of: Self.lenet, minimum: 7) == .together(262_207))
    #expect(GlobalScope.isGlobal && !LayerScope.isGlobal && !ErdosRenyiScope.isGlobal)
  }

  @Test("erk: densities in proportion to the extents' sum over their product, the total exact")
  func erdosRenyi() {
    let counts = Self.counts(ErdosRenyiScope(), 0.985, Self.lenet)
    #expect(counts.reduce(0, +) == 262_207)
    // 3993 survivors, in proportion to 1084 : 400 : 110.
    let survivors = zip(Self.lenet, counts).map { $0.candidates - $1 }
    #expect(survivors == [2715, 1002, 276])
    // A filter's height and width count, too: (3 + 8 + 2 * 3) : (72 + 10).
    let filters = [
      PrunableLayer(ParameterID(0), candidates: 216, extents: [[3, 3, 3, 8]]),
      PrunableLayer(ParameterID(1), candidates: 720, extents: [[72, 10]]),
    ]
    #expect(
      zip(filters, Self.counts(ErdosRenyiScope(), 0.9, filters)).map { $0.candidates - $1 } == [16, 78])
  }

  @Test("erk: layers that would be denser than 1 stay dense, and the others share the rest")
  func dense() {
    // 20% of 1100 are 220: in proportion to 20 : 110 the first would get 34 of 100... and of 5 x 2 more than there are.
    let layers = Self.layers([(5, 2), (10, 10), (10, 100)])
    let survivors = zip(layers, Self.counts(ErdosRenyiScope(), 0.5, layers)).map { $0.candidates - $1 }
    #expect(survivors[0] == 10 && survivors.reduce(0, +) == 555)
    // As RigL's code: 7, 20 and 110 are the shares; those of the first two would be 28 of 10, and 81 of 100.
    #expect(survivors == [10, 84, 461])
  }

  @Test("erk: the minimum stays, the others make up for it")
  func minimum() {
    let layers = Self.layers([(4, 4), (100, 100)])
    let free = Self.counts(ErdosRenyiScope(), 0.999, layers)
    let kept = Self.counts(ErdosRenyiScope(), 0.999, layers, minimum: 3)
    #expect(free == [16, 9990] || free[0] > 13)
    #expect(kept[0] == 13 && kept.reduce(0, +) == free.reduce(0, +))
    // More than can stay: each its minimum.
    #expect(Self.counts(ErdosRenyiScope(), 1, layers, minimum: 3) == [13, 9997])
  }

  @Test("for growing sparsities no layer's number shrinks, whatever the sizes", arguments: [0, 1, 20])
  func monotone(minimum: Int) {
    var random = SplitMix64(seed: 11, stream: 0)
    for _ in 0..<20 {
      let layers = Self.layers(
        (0..<Int.random(in: 1...7, using: &random)).map { _ in
          (Int.random(in: 1...60, using: &random), Int.random(in: 1...60, using: &random))
        })
      let total = layers.reduce(0) { $0 + $1.candidates }
      let least = layers.reduce(0) { $0 + min(minimum, $1.candidates) }
      for kind in Scopes.all {
        var before = Self.counts(kind.init(), 0, layers, minimum: minimum)
        for step in 1...200 {
          let sparsity = Double(step) / 200
          let counts = Self.counts(kind.init(), sparsity, layers, minimum: minimum)
          #expect(zip(before, counts).allSatisfy { $0 <= $1 }, "\(kind.name) at \(sparsity)")
          if kind.name == ErdosRenyiScope.name {
            let asked = PruneCount.count(sparsity: sparsity, of: total)
            #expect(counts.reduce(0, +) == min(asked, total - least))
            #expect(zip(layers, counts).allSatisfy { $0.candidates - $1 >= min(minimum, $0.candidates) })
          }
          before = counts
        }
      }
    }
  }
}
