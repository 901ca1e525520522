/// Finds the name that someone probably meant.
package enum NearestName {
  /// The candidate with the fewest edits from `name`, if they are few enough for a typing error.
  package static func find(_ name: String, among candidates: [String]) -> String? {
    let best =
      candidates
      .map { (candidate: $0, edits: distance(name.lowercased(), $0.lowercased())) }
      .min { $0.edits < $1.edits }
    guard let best, best.edits <= max(1, min(name.count, best.candidate.count) / 2) else { return nil }
    return best.candidate
  }

  /// The number of inserted, removed, replaced or swapped characters between two names
  /// (the optimal string alignment distance).
  static func distance(_ first: String, _ second: String) -> Int {
    let a = Array(first)
    let b = Array(second)
    var beforeLast = [Int](repeating: 0, count: b.count + 1)
    var last = Array(0...b.count)
    for i in a.indices {
      var row = [i + 1]
      for j in b.indices {
        var edits = min(last[j] + (a[i] == b[j] ? 0 : 1), last[j + 1] + 1, row[j] + 1)
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { edits = min(edits, beforeLast[j - 1] + 1) }
        row.append(edits)
      }
      (beforeLast, last) = (last, row)
    }
    return last[b.count]
  }
}
