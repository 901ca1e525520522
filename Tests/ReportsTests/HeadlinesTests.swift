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
    #expect(headlines.items[1].text.contains("weight pruning stays within 0.5 points"))
    #expect(headlines.items[1].text.contains("3.50× the inference speed"))
    #expect(headlines.items[2].value == "none")
    #expect(headlines.conclusion?.contains("weight pruning up to 99% sparsity") == true)
    // 3 pruned runs of 20 s against 3 of 10 s.
    #expect(headlines.items.last?.value == "2.00×")
  }

  @Test("a sparsity counts only as long as none below it falls out")
  func contiguous() throws {
    let fixture = try StudyFixture()
    fixture.strategies = ["weight"]
    fixture.falls = [0.9: 0.9]
    let headlines = Headlines(try fixture.write().results())
    #expect(headlines.items[1].value == "50%")
    #expect(headlines.conclusion?.contains("weight pruning up to 50% sparsity") == true)
    fixture.falls = [0.5: 0.9]
    let lowest = Headlines(try fixture.write().results())
    #expect(lowest.items[1].value == "none" && lowest.items[1].text.contains("at 50% already"))
    // One that has no result is not kept, either.
    fixture.falls = [:]
    try fixture.write()
    let rows = [0, 0.5, 0.99].map { fixture.summaryRow("weight", $0, 1) }
    try fixture.writeSummary(rows)
    try fixture.remove("runs/weight-s0.9-seed1")
    #expect(Headlines(try fixture.results()).items[1].value == "50%")
  }

  @Test("nothing is said of pruning where the control only guesses, which so many test images must tell")
  func guessing() throws {
    let fixture = try StudyFixture()
    fixture.guessesFrom = 0
    for (accuracy, images, learns) in [(0.1, 10_000, false), (0.15, 10_000, true), (0.15, 100, false)] {
      fixture.guess = accuracy
      fixture.testImages = images
      let headlines = Headlines(try fixture.write().results())
      #expect(
        headlines.items.contains { $0.text.contains("stays within") } == learns, "\(accuracy) of \(images)")
      #expect(headlines.conclusion?.hasPrefix("The unpruned network is no better than guessing") == !learns)
    }
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
    #expect(headlines.conclusion == nil)
    #expect(headlines.items.first?.text == "best test accuracy of weight pruning, at 50% sparsity")
  }
}
