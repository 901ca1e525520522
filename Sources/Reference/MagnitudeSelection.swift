import GraphExec

/// The exact choice of what magnitude pruning removes, on the host; the device's radix select must agree bit for bit.
public enum MagnitudeSelection {
  /// Indices of the entries that are pruned when `count` of a weight's are.
  ///
  /// Entries already pruned come first, then the smallest magnitude, then the lower index.
  public static func smallest(_ count: Int, of weights: [Float], mask: [UInt8]) -> [Int] {
    lowest(count, of: weights.indices.map { mask[$0] == 0 ? 0 : weights[$0].magnitude.bitPattern &+ 1 })
  }

  /// A weight of a group of units.
  public struct RankedWeight {
    /// Row-major.
    let values: [Float]
    let mask: [UInt8]
    let columns: Int
    /// Columns of a unit, next to each other.
    let span: Int

    /// Creates the description.
    public init(_ values: [Float], mask: [UInt8], columns: Int, span: Int = 1) {
      (self.values, self.mask, self.columns, self.span) = (values, mask, columns, span)
    }
  }

  /// The units that are pruned when `count` of a group's are.
  ///
  /// Units already pruned come first, then the smallest squared L2 norm of all columns that they own, then the lower index. The
  /// norm is one chain of fused multiply-adds in `Float`, as the kernel's: through the weights, in each through the unit's
  /// columns, in each from row 0 down.
  public static func smallestUnits(_ count: Int, of weights: [RankedWeight]) -> [Int] {
    guard let first = weights.first else { return [] }
    var squares = [Float](repeating: 0, count: first.columns / first.span)
    for weight in weights {
      for unit in squares.indices {
        for column in unit * weight.span..<(unit + 1) * weight.span {
          for entry in stride(from: column, to: weight.values.count, by: weight.columns) {
            squares[unit] = squares[unit].addingProduct(weight.values[entry], weight.values[entry])
          }
        }
      }
    }
    return lowest(
      count,
      of: squares.indices.map { first.mask[$0 * first.span] == 0 ? 0 : squares[$0].bitPattern &+ 1 })
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
