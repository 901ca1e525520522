/// The order in which blocks of few images take the entries of a sparse weight: columns by groups, the entries of a group's
/// columns by turns, so that their sums do not wait for one another and memory is read in order.
struct SparseGroups {
  /// Columns of a group.
  static let columns = 8

  /// Of each group its first entry, and how many entries of each column take turns.
  private(set) var groups: [(first: Int, turns: Int)] = []
  /// The columns in the order of the groups, and how many entries each has beyond those.
  private(set) var ordered: [(column: Int, others: Int)] = []
  /// The entries in their new order, by their places by columns.
  private(set) var entries: [Int] = []

  /// - Parameters:
  ///   - starts: where each column's entries start, and where the last one's end.
  ///   - areTurns: whether entries may come in another order than the weight's.
  init(starts: [Int32], areTurns: Bool) {
    let counts = zip(starts.dropFirst(), starts).map { Int($0 - $1) }
    // Columns with as many entries are together; the group that is not whole has the fewest.
    let order =
      areTurns ? counts.indices.sorted { (-counts[$0], $0) < (-counts[$1], $1) } : Array(counts.indices)
    for begin in stride(from: 0, to: order.count, by: Self.columns) {
      let group = order[begin..<min(begin + Self.columns, order.count)]
      let turns = !areTurns || group.count < Self.columns ? 0 : counts[group[group.endIndex - 1]]
      groups.append((entries.count, turns))
      for turn in 0..<turns { entries += group.map { Int(starts[$0]) + turn } }
      for column in group {
        entries += (turns..<counts[column]).map { Int(starts[column]) + $0 }
        ordered.append((column, counts[column] - turns))
      }
    }
  }
}
