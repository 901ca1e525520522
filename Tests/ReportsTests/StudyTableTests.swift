import Reports
import Testing

/// The table at the end of a run.
@Suite("The study's table")
struct StudyTableTests {
  @Test("a row per run with one seed")
  func oneSeed() throws {
    let text = StudyTable(try StudyFixture().write().results()).text(width: .max)
    let lines = text.split(separator: "\n")
    #expect(lines.count == 2 + 8)
    #expect(lines[0].contains("test acc.") && !lines[0].contains("seeds"))
    #expect(lines[2].hasPrefix("weight") && lines[2].contains("98.00%") && lines[2].contains("10,000"))
  }

  @Test("measured speedups where there are some")
  func speedups() throws {
    let fixture = try StudyFixture()
    fixture.measurements = [("train_speedup", "3.5"), ("inference_speedup", "12"), ("disk_bytes", "1500")]
    let lines = StudyTable(try fixture.write().results()).text(width: .max).split(separator: "\n")
    #expect(lines[0].contains("train speedup  infer. speedup  on disk"))
    #expect(lines[2].contains("3.50×") && lines[2].contains("12.0×") && lines[2].hasSuffix("1.5 kB"))
  }

  @Test("the table of a study as large as the challenge fits 80 columns, a row per run")
  func fits() throws {
    let fixture = try StudyFixture()
    fixture.sparsities = [0, 0.25, 0.5, 0.97, 0.995]
    fixture.measurements = [("train_speedup", "3.5"), ("inference_speedup", "12"), ("disk_bytes", "9544000")]
    fixture.params = 2_386_000
    let lines = StudyTable(try fixture.write().results()).text(width: 80).split(separator: "\n")
    #expect(lines.count == 3 + 10)
    #expect(lines.allSatisfy { $0.count <= 80 }, "\(lines)")
  }

  @Test("what is multiplied stands beside what survives, and the description above it all")
  func multiplied() throws {
    let fixture = try StudyFixture()
    fixture.description = "One two three."
    fixture.theoreticalSpeedup = 4
    let text = StudyTable(try fixture.write().results()).text(width: .max)
    #expect(text.hasPrefix("One two three.\n\npruning"))
    #expect(text.contains("5,000  2,500"))
    #expect(StudyTable(try fixture.results()).text(width: 8).hasPrefix("One two\nthree.\n\n"))
  }

  @Test("a row per sparsity with several seeds")
  func seeds() throws {
    let fixture = try StudyFixture()
    fixture.seeds = [1, 2, 3]
    let text = StudyTable(try fixture.write().results()).text(width: .max)
    #expect(text.split(separator: "\n").count == 2 + 8)
    #expect(text.contains("98.10 ± 0.10%"))
  }

  @Test("runs without a result are named under it")
  func warnings() throws {
    let fixture = try StudyFixture()
    fixture.extraColumns = [("status", "finished")]
    try fixture.write()
    let rows = [
      fixture.summaryRow("weight", 0, 1),
      "weight,0.5,1,nan,nan,,10000,,,,3,diverged",
    ]
    try fixture.writeSummary(rows)
    try fixture.remove("runs")
    try fixture.writeMetrics("neuron", 0.9, 1, epochs: 2)
    let text = StudyTable(try fixture.results()).text(width: .max)
    #expect(text.contains("weight 50%, seed 1: diverged\n"))
    #expect(text.contains("neuron 90%, seed 1: unfinished after 2 of 6 epochs\n"))
  }
}
