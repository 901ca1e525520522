import GraphExec
import Reference
import Testing

/// The host's choice of what is pruned, against a plain sort.
@Suite struct CandidateSelectionTests {
  /// Keys with many ties; 0 is a candidate that is pruned already.
  private func keys(_ count: Int, seed: UInt64) -> [UInt32] {
    var random = SplitMix64(seed: seed, stream: 0)
    return (0..<count).map { _ in UInt32.random(in: 0...9, using: &random) << 24 }
  }

  @Test("the smallest keys first, and among equal ones the lower place")
  func onePool() {
    let keys = keys(600, seed: 4)
    let order = keys.indices.sorted { (keys[$0], $0) < (keys[$1], $1) }
    for count in [0, 1, 2, 119, 120, 121, 300, 599, 600] {
      // A minimum is about pools beside others.
      for minimum in [0, 7] {
        let chosen = CandidateSelection.lowest(count, of: [keys], minimum: minimum)
        #expect(chosen == [order.prefix(count).sorted()])
      }
    }
  }

  @Test("of several pools the earlier one's first among equals, and the best of each stay")
  func severalPools() {
    let pools = [keys(90, seed: 1), keys(3, seed: 2), keys(200, seed: 3).map { $0 + (12 << 24) }]
    for minimum in [0, 1, 5] {
      var open = pools.enumerated().flatMap { pool, keys in
        keys.indices.sorted { (keys[$0], $0) < (keys[$1], $1) }.dropLast(minimum)
          .map { (key: keys[$0], pool: pool, place: $0) }
      }
      open.sort { ($0.key, $0.pool, $0.place) < ($1.key, $1.pool, $1.place) }
      for count in [0, 1, 50, 92, 93, 150, open.count] where count <= open.count {
        let chosen = CandidateSelection.lowest(count, of: pools, minimum: minimum)
        for pool in pools.indices {
          #expect(chosen[pool] == open.prefix(count).filter { $0.pool == pool }.map(\.place).sorted())
        }
      }
    }
  }
}
