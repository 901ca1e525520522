import GraphExec
import Testing

/// Protects the bits of products by tiles: every entry is taken once, and those of a result in their order.
struct SparseTilesTests {
  private static let (results, depth) = (9, 3 * SparseTiles.rows - 7)

  /// Every `step`-th entry of each result but one, which has none.
  private static func entries(step: Int) -> (starts: [Int32], rows: [Int]) {
    var (starts, rows): ([Int32], [Int]) = ([0], [])
    for result in 0..<results {
      if result != 4 { rows += stride(from: result, to: depth, by: step + result % 3) }
      starts.append(Int32(rows.count))
    }
    return (starts, rows)
  }

  @Test("entries of a result stay in their order, tile by tile", arguments: [1, 2, 9])
  func order(step: Int) {
    let (starts, rows) = Self.entries(step: step)
    let tiles = SparseTiles(starts: starts, rows: rows, depth: Self.depth, isTiled: true)
    #expect(tiles.ends.count == 3)
    var own = [[Int]](repeating: [], count: Self.results)
    var (place, item) = (0, 0)
    for (tile, end) in tiles.ends.enumerated() {
      let within = tiles.items[item..<end]
      #expect(within.map(\.entries) == within.map(\.entries).sorted())
      if tile != 1 { #expect(Set(within.map(\.result)) == Set(0..<Self.results)) }
      for (result, entries) in within {
        let taken = tiles.order[place..<place + entries]
        #expect(taken.allSatisfy { rows[$0] / SparseTiles.rows == tile })
        own[result] += taken
        place += entries
      }
      item = end
    }
    #expect(item == tiles.items.count && place == rows.count)
    #expect(own == (0..<Self.results).map { Array(Int(starts[$0])..<Int(starts[$0 + 1])) })
  }

  @Test("few entries are one tile, and the order of few images is the weight's own")
  func one() {
    let (starts, rows) = Self.entries(step: 40)
    #expect(SparseTiles(starts: starts, rows: rows, depth: Self.depth, isTiled: true).ends.count == 1)
    let many = Self.entries(step: 2)
    let one = SparseTiles(
      starts: many.starts, rows: many.rows, depth: Self.depth, isTiled: true, hasOne: true)
    #expect(one.ends == [Self.results])
    let own = SparseTiles(starts: many.starts, rows: many.rows, depth: Self.depth, isTiled: false)
    #expect(own.order == Array(many.rows.indices) && own.items.map(\.result) == Array(0..<Self.results))
  }
}
