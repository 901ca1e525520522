import Foundation

/// The order in which sets of tiles are tried: those that differ least from the best so far come first.
struct TileSearch {
  /// The best so far.
  var best: [String: Int]
  private var left: [[String: Int]]
  private var preferred: [[String: Int]] = []
  /// Sets that there are, with the one that was there at first.
  let count: Int
  /// Sets tried, with that one.
  private(set) var tried = 1

  /// - Parameter candidates: all that there are, which may leave out the first.
  init(from first: [String: Int], among candidates: [[String: Int]]) {
    best = first
    left = candidates.filter { $0 != first }
    count = left.count + 1
  }

  /// Has some go before the others, where they are candidates.
  mutating func prefer(_ sets: [[String: Int]]) { preferred = sets.filter(left.contains) }

  /// The next set; nil where all were tried.
  mutating func next() -> [String: Int]? {
    let next =
      preferred.isEmpty ? left.min { distance($0) < distance($1) } : preferred.removeFirst()
    guard let next else { return nil }
    left.removeAll { $0 == next }
    preferred.removeAll { $0 == next }
    tried += 1
    return next
  }

  /// Values that differ, and by how many factors of two.
  private func distance(_ tiles: [String: Int]) -> (Int, Double) {
    tiles.reduce(into: (0, 0)) { distance, value in
      guard let other = best[value.key], other != value.value else { return }
      distance.0 += 1
      distance.1 += abs(log2(Double(value.value) / Double(other)))
    }
  }
}
