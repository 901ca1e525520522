import Reports
import Testing

/// The tables' and plots' error bars rest on this.
@Suite("Mean and deviation")
struct SpreadTests {
  @Test("the deviation is the sample's")
  func sample() throws {
    let spread = try #require(Spread([2, 4, 4, 4, 5, 5, 7, 9]))
    #expect(spread.mean == 5)
    #expect(abs((spread.deviation ?? 0) - (32.0 / 7).squareRoot()) < 1e-12)
    #expect(spread.count == 8)
  }

  @Test("one value has no deviation, none has no mean")
  func few() {
    #expect(Spread([3]) == Spread([3, nil, .nan, .infinity]))
    #expect(Spread([3])?.deviation == nil)
    #expect(Spread([nil, .nan]) == nil)
  }
}
