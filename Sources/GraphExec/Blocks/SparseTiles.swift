/// A sparse weight as kernels take it that have blocks of images in their caches: by tiles of the rows that they read, which stay
/// in the L1 cache while all results take from them what they need.
///
/// Entries of a result stay in their order, so that its sum is the same chain of additions, whatever the tiles.
package struct SparseTiles {
  /// Rows of a tile: of 64 images they take 28 KiB, which an L1 cache of 32 KiB holds.
  package static let rows = 112
  /// Entries that a result must have in a tile, in the mean, for tiles to be worth it: its sums so far are read and stored for
  /// each of them.
  private static let leastEntries = 8

  /// The results with entries in a tile, and the number of these, fewest first; tile by tile. All are in the first and the last
  /// tile.
  package private(set) var items: [(result: Int, entries: Int)] = []
  /// Where each tile's items end.
  package private(set) var ends: [Int] = []
  /// The entries in the order of the items, by their place in the weight.
  package private(set) var order: [Int] = []

  /// - Parameters:
  ///   - starts: where each result's entries start, and the number of entries.
  ///   - rows: the row that each of them reads, ascending within a result.
  ///   - depth: rows that there are.
  ///   - isTiled: whether entries may come in another order than the weight's.
  ///   - hasOne: whether there is one tile in any case.
  package init(starts: [Int32], rows: [Int], depth: Int, isTiled: Bool, hasOne: Bool = false) {
    let results = starts.count - 1
    var count = (depth + Self.rows - 1) / Self.rows
    if !isTiled || hasOne || rows.count < count * results * Self.leastEntries { count = 1 }
    var next = starts.map { Int($0) }
    order.reserveCapacity(rows.count)
    for tile in 0..<count {
      let isLast = tile + 1 == count
      var own: [(result: Int, entries: Range<Int>)] = []
      for result in 0..<results {
        let first = next[result], end = Int(starts[result + 1])
        while next[result] < end, isLast || rows[next[result]] < (tile + 1) * Self.rows { next[result] += 1 }
        if first < next[result] || tile == 0 || isLast { own.append((result, first..<next[result])) }
      }
      // As many entries as the item before: how a loop ends is foreseen.
      if isTiled { own.sort { ($0.entries.count, $0.result) < ($1.entries.count, $1.result) } }
      items += own.map { ($0.result, $0.entries.count) }
      order += own.flatMap(\.entries)
      ends.append(items.count)
    }
  }
}

extension ModelSpecification {
  /// Whether sparse weights are taken by tiles. A model that trains packs their values alike for all blocks of images, of which
  /// few have no tiles: there they keep the weight's order.
  var hasTiles: Bool { batchSize > CPUTiles.mostImagesByOutputs }
}
