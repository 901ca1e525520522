import Reports
import Testing

/// The first numbers that a reader sees are computed, and right.
@Suite("Headlines")
struct HeadlinesTests {
  @Test("the highest sparsity within half a point of the control, per strategy")
  func kept() throws {
    let fixture = try StudyFixture()
    fixture.measurements = [("inference_speedup", "3.5")]
    let headlines = Headlines(try fixture.write().results())
    #expect(headlines.items.first?.value == "98.00%")
    #expect(headlines.items[1].value == "99%")
    #expect(headlines.items[1].text.contains("weight pruning within 0.5 points"))
    #expect(headlines.items[1].text.contains("3.50× the inference speed"))
    #expect(headlines.items[2].value == "none")
    #expect(headlines.answer?.contains("weight pruning up to 99% sparsity") == true)
    // 3 pruned runs of 20 s against 3 of 10 s.
    #expect(headlines.items.last?.value == "2.00×")
  }

  @Test("strategies are compared by steps measured alone, where there are any")
  func measuredCost() throws {
    let fixture = try StudyFixture()
    fixture.measurements = [("train_step_seconds", "0.004")]
    let last = Headlines(try fixture.write().results()).items.last
    // The fixture gives every run the same step, whatever the runs took.
    #expect(last?.value == "1.00×")
    #expect(last?.text.contains("each measured alone") == true)
  }

  @Test("without a control the best accuracy stands instead")
  func noControl() throws {
    let fixture = try StudyFixture()
    fixture.sparsities = [0.5, 0.9]
    let headlines = Headlines(try fixture.write().results())
    #expect(headlines.answer == nil)
    #expect(headlines.items.first?.text == "best test accuracy of weight pruning, at 50% sparsity")
  }
}
