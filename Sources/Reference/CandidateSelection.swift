import GraphExec

/// The exact choice of what is pruned, on the host; the device's radix select must agree bit for bit.
public enum CandidateSelection {
  /// The key of an entry or a unit: what it is ranked by, the lowest first. Candidates that are pruned already have 0.
  static func key(_ rank: UInt32, isPruned: Bool) -> UInt32 { isPruned ? 0 : rank + 1 }

  /// Above every key: that of a candidate that stays whatever its rank.
  private static let protected = UInt32.max

  /// Candidates of several pools that are pruned when `count` are, by their places in each pool, ascending.
  ///
  /// The smallest keys go first, and among equal ones the earlier pool's, and the lower place.
  ///
  /// - Parameters:
  ///   - pools: the keys of each pool's candidates.
  ///   - count: no more than the pools have beyond their minimum.
  ///   - minimum: so many of each pool stay: those that would go last if it were by itself.
  public static func lowest(_ count: Int, of pools: [[UInt32]], minimum: Int) -> [[Int]] {
    var keys = pools
    if pools.count > 1, minimum > 0 {
      for (index, pool) in pools.enumerated() {
        var isOpen = [Bool](repeating: false, count: pool.count)
        for place in lowest(max(pool.count - minimum, 0), of: pool) { isOpen[place] = true }
        for place in pool.indices where !isOpen[place] { keys[index][place] = protected }
      }
    }
    var chosen = lowest(count, of: Array(keys.joined()))[...]
    var first = 0
    return pools.map { pool in
      let end = first + pool.count
      let own = chosen.prefix { $0 < end }
      chosen = chosen.dropFirst(own.count)
      defer { first = end }
      return own.map { $0 - first }
    }
  }

  /// The entries with the `count` smallest keys of each group of a column's inputs; among equal keys the earlier
  /// row's is taken first.
  static func lowest(_ count: Int, of keys: [UInt32], in groups: InputGroups, columns: Int) -> [Int] {
    (0..<groups.count).flatMap { group in
      let rows = groups.rows(of: group)
      return (0..<columns).flatMap { column in
        rows.map { $0 * columns + column }.sorted { (keys[$0], $0) < (keys[$1], $1) }.prefix(count)
      }
    }
  }

  /// Indices of the `count` smallest keys, ascending; among equal keys the lower index is taken first.
  static func lowest(_ count: Int, of keys: [UInt32]) -> [Int] {
    guard count > 0 else { return [] }
    guard count < keys.count else { return Array(keys.indices) }
    // Two rounds of counting find the key of rank `count`: its high half, then its low half.
    var rank = count
    var threshold: UInt32 = 0
    for shift: UInt32 in [16, 0] {
      var bins = [Int](repeating: 0, count: 1 << 16)
      for key in keys where shift == 16 || key >> 16 == threshold >> 16 {
        bins[Int((key >> shift) & 0xFFFF)] += 1
      }
      var digit = 0
      while rank >= bins[digit], digit < 0xFFFF {
        rank -= bins[digit]
        digit += 1
      }
      threshold |= UInt32(digit) << shift
    }
    // `rank` of the keys equal to the threshold are taken, in index order.
    var result: [Int] = []
    result.reserveCapacity(count)
    for (index, key) in keys.enumerated() {
      if key < threshold {
        result.append(index)
      } else if key == threshold, rank > 0 {
        result.append(index)
        rank -= 1
      }
    }
    return result
  }
}
