import Shrinking
import Testing

/// Protects what a search trains for longer before it gives it up.
@Suite("Candidates that fall short by little")
struct NearMissTests {
  @Test("the fewer epochs the time allowed for a candidate, the more it may fall short")
  func margin() {
    func points(_ maximumDrop: Double, _ epochs: Int) -> Double {
      100 * ShrinkSearch.margin(maximumDrop: maximumDrop / 100, epochs: epochs)
    }
    #expect(abs(points(0.5, 12) - 1) < 1e-9)
    #expect(abs(points(5, 12) - 2) < 1e-9)
    // Four epochs are a third of twelve.
    #expect(points(1, 4) > 3.4 && points(1, 1) > points(1, 4))
  }
}
