import GraphExec

/// The exact choice of what magnitude pruning removes, on the host; the device's radix select must agree bit for bit.
public enum MagnitudeSelection {
  /// Indices of the entries that are pruned when `count` candidates are: single entries, or whole columns.
  ///
  /// Candidates already pruned come first, then the smallest magnitude, then the lower index. A column's magnitude is its
  /// squared L2 norm, summed from row 0 down by fused multiply-adds in `Float`, as the kernel does.
  public static func smallest(
    _ count: Int, of weights: [Float], mask: [UInt8], rows: Int, columns: Int, unit: PruningUnit
  ) -> [Int] {
    switch unit {
    case .weight:
      let keys = weights.indices.map { mask[$0] == 0 ? 0 : weights[$0].magnitude.bitPattern &+ 1 }
      return lowest(count, of: keys)
    case .neuron:
      var squares = [Float](repeating: 0, count: columns)
      for row in 0..<rows {
        for column in 0..<columns {
          let weight = weights[row * columns + column]
          squares[column] = squares[column].addingProduct(weight, weight)
        }
      }
      let keys = squares.indices.map { mask[$0] == 0 ? 0 : squares[$0].bitPattern &+ 1 }
      let pruned = lowest(count, of: keys)
      return (0..<rows).flatMap { row in pruned.map { row * columns + $0 } }
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
