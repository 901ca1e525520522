import Files
import Foundation
import Reports
import TestSupport
import Testing

/// Protects what `whittle reproduce` says of a study beside what others have published.
@Suite("Published studies")
struct PublishedTests {
  private static let results = """
    [{"name": "made-up", "title": "A made-up study",
      "published": [
        {"strategy": "weight", "sparsity": 0.5, "method": "Elsewhere", "accuracy": 97.9, "source": "Nobody 2020"},
        {"strategy": "weight", "sparsity": 0.5, "method": "There", "accuracy": 97.25, "source": "Somebody 2021"}],
      "goals": [
        {"strategy": "weight", "sparsity": 0.5, "accuracy": 98.0},
        {"strategy": "weight", "sparsity": 0.9, "accuracy": 97.7},
        {"strategy": "weight", "sparsity": 0.99, "accuracy": null}],
      "differences": ["Nothing is real."]}]
    """

  private func studies(_ text: String, in folder: TemporaryFolder) throws -> PublishedStudies {
    try AtomicFile.write(text, to: folder.path + "/results.json")
    return try PublishedStudies(folder: folder.path)
  }

  @Test("means of the last epoch beside the papers', and whether they reach what they are to")
  func table() throws {
    let study = try studies(Self.results, in: TemporaryFolder()).study("made-up")
    let fixture = try StudyFixture()
    fixture.strategies = ["weight"]
    fixture.seeds = [1, 2]
    let text = PublishedTable(study, try fixture.write().results()).text(width: .max)
    let lines = text.split(separator: "\n").map(String.init)
    #expect(lines[0] == "A made-up study")
    // 98% - 0.4% of the sparsity's square, and a tenth of a point between the seeds.
    #expect(lines[3].contains("98.05") && !lines[3].contains("reached"))
    #expect(lines[4].contains("97.95") && lines[4].contains("97.9% Elsewhere, 97.25% There"))
    #expect(lines[4].hasSuffix("98.0%  missed"))
    #expect(lines[5].contains("97.73") && lines[5].hasSuffix("97.7%  reached"))
    // Not below the study's own unpruned runs.
    #expect(lines[6].hasSuffix("98.05%  missed"))
    #expect(
      Array(lines.suffix(4)) == [
        "Elsewhere: Nobody 2020", "There: Somebody 2021", "What differs in the protocol:",
        "- Nothing is real.",
      ])
  }

  @Test("the best epoch of a network that is pruned step by step is one in which all of it was done")
  func best() throws {
    let study = try studies(Self.results, in: TemporaryFolder()).study("made-up")
    let fixture = try StudyFixture()
    (fixture.strategies, fixture.sparsities, fixture.denseEpochs) = (["weight"], [0.9], 3)
    let text = PublishedTable(study, try fixture.write().results()).text(width: .max)
    #expect(text.contains(/97\.68% +97\.68%/), "\(text)")
  }

  @Test("an unknown name lists those that there are; a folder without studies says how to name one")
  func unknown() throws {
    let folder = try TemporaryFolder()
    let known = try studies(Self.results, in: folder)
    #expect {
      try known.study("made-down")
    } throws: { "\($0)" == "made-down is no published study; there are: made-up" }
    #expect {
      try PublishedStudies(folder: folder.path + "/none")
    } throws: { "\($0)".hasSuffix("name the folder with --studies") }
  }

  @Test(
    "a file that is no list of studies is refused with the place",
    arguments: [
      ("[{}]", "[0]: name is missing"), ("{}", "expected Array"), ("[", "not valid JSON"),
      (results.replacing("97.9", with: "\"97.9\""), "[0].published.[0].accuracy: expected Double"),
    ])
  func malformed(text: String, problem: String) throws {
    #expect {
      try studies(text, in: TemporaryFolder())
    } throws: { "\($0)".contains("results.json: ") && "\($0)".contains(problem) }
  }
}
