import Configs
import Files
import Foundation
import Reports
import TestSupport
import Testing

/// Protects `whittle reproduce`, and the studies that come with it.
@Suite struct ReproduceTests {
  @Test("every published study has a config, in which the runs that its figures and goals speak of are")
  func repository() throws {
    let folder = Repository.configs + "/published"
    let studies = try PublishedStudies(folder: folder)
    #expect(studies.studies.count >= 5)
    let files = try FileSystem.names(in: folder)
    #expect(files.sorted() == (studies.studies.map { "\($0.name).json" } + ["results.json"]).sorted())
    for study in studies.studies {
      let config = try StudyConfig.load(path: studies.config(of: study))
      #expect(config.name == study.name && config.output == "runs/published/\(study.name)")
      let runs = config.runs.map { "\($0.strategy.rawValue) \($0.sparsity)" }
      for goal in study.goals { #expect(runs.contains("\(goal.strategy) \(goal.sparsity)")) }
      for figure in study.published { #expect(runs.contains("\(figure.strategy) \(figure.sparsity)")) }
      // Some have nothing to reach: what came out stands beside a paper's, of another network.
      #expect(!(study.goals.isEmpty && study.published.isEmpty) && !study.differences.isEmpty)
    }
  }

  @Test(
    "a study is run, and what it came to stands beside the published figures; without a name all are listed")
  func command() throws {
    let folder = try TemporaryFolder()
    let config = try FileSystem.readText(folder(folder.config(epochs: 1)))
    try FileSystem.createFolder(folder("studies"))
    try AtomicFile.write(config, to: folder("studies/tiny.json"))
    try AtomicFile.write(
      """
      [{"name": "tiny", "title": "A tiny study", "differences": ["It is tiny."],
        "published": [
          {"strategy": "weight", "sparsity": 0.5, "method": "M", "accuracy": 99.5, "source": "N 2020"}],
        "goals": [{"strategy": "weight", "sparsity": 0.5, "accuracy": 0}]}]
      """, to: folder("studies/results.json"))
    let listed = try Tool.run(["reproduce", "--studies", "studies"], in: folder.path)
    #expect(listed.exitCode == 0 && listed.output.contains("tiny  A tiny study"))
    let unknown = try Tool.run(["reproduce", "huge", "--studies", "studies"], in: folder.path)
    #expect(unknown.exitCode == 65)
    #expect(unknown.errors == "whittle: huge is no published study; there are: tiny\n")
    let outcome = try Tool.run(
      ["reproduce", "tiny", "--studies", "studies", "--no-measure", "--set", "pruning.sparsities=[0.5]"],
      in: folder.path)
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("99.5% M") && outcome.output.contains("reached"))
    #expect(outcome.output.hasSuffix("M: N 2020\nWhat differs in the protocol:\n- It is tiny.\n"))
  }
}
