import GraphExec
import Reference
import Testing

/// The host's choice of what is pruned, against a plain sort.
@Suite struct MagnitudeSelectionTests {
  private func bySorting(_ count: Int, _ keys: [(isPruned: Bool, magnitude: Float)]) -> [Int] {
    let order = keys.indices.sorted {
      let (a, b) = (keys[$0], keys[$1])
      if a.isPruned != b.isPruned { return a.isPruned }
      if !a.isPruned, a.magnitude != b.magnitude { return a.magnitude < b.magnitude }
      return $0 < $1
    }
    return order.prefix(count).sorted()
  }

  @Test(
    "entries: the smallest first, the lower index among equals, the pruned before all",
    arguments: [false, true])
  func entries(ties: Bool) {
    var random = SplitMix64(seed: 4, stream: 0)
    let weights = (0..<600).map { _ in
      let value = Float.random(in: -1...1, using: &random)
      return ties ? (value * 4).rounded() / 4 : value
    }
    let mask = (0..<600).map { _ in UInt8.random(in: 0...4, using: &random) == 0 ? UInt8(0) : 1 }
    let keys = weights.indices.map { (isPruned: mask[$0] == 0, magnitude: weights[$0].magnitude) }
    for count in [0, 1, 2, 119, 120, 121, 300, 599, 600] {
      let chosen = MagnitudeSelection.smallest(count, of: weights, mask: mask)
      #expect(chosen == bySorting(count, keys))
    }
  }

  @Test("units: by the L2 norm of their columns in all weights of a group")
  func units() {
    // Norms 5, 1, 5, 2: columns 0 and 2 tie.
    let weights: [Float] = [3, 1, -4, 0, 4, 0, 3, -2]
    let first = MagnitudeSelection.RankedWeight(weights, mask: [UInt8](repeating: 1, count: 8), columns: 4)
    func chosen(_ count: Int) -> [Int] { MagnitudeSelection.smallestUnits(count, of: [first]) }
    #expect(chosen(0) == [])
    #expect(chosen(1) == [1])
    #expect(chosen(2) == [1, 3])
    #expect(chosen(3) == [0, 1, 3])
    #expect(chosen(4) == [0, 1, 2, 3])
    // Two columns to a unit: squares 0, 37, 1 and 9, so the sums are 25, 38, 26 and 13.
    let second = MagnitudeSelection.RankedWeight(
      [0, 0, 6, 1, 1, 0, 0, 3], mask: [UInt8](repeating: 1, count: 8), columns: 8, span: 2)
    #expect(MagnitudeSelection.smallestUnits(1, of: [first, second]) == [3])
    #expect(MagnitudeSelection.smallestUnits(2, of: [first, second]) == [0, 3])
    #expect(MagnitudeSelection.smallestUnits(3, of: [first, second]) == [0, 2, 3])
  }
}
