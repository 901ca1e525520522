import Files
import StudyFiles
import TestSupport
import Testing

/// Protects that every command knows the runs of tickets and controls.
@Suite("Tickets and controls on the command line")
struct ControlledStudyTests {
  @Test(
    "a study of tickets with controls is run, shown, compared by itself, and its smaller network evaluated")
  func commands() throws {
    let folder = try TemporaryFolder()
    let config = try folder.config(epochs: 1)
    let settings = [
      #"pruning.schedule={"name":"iterative"}"#, #"pruning.strategies=["weight"]"#,
      "pruning.sparsities=[0.36]",
      #"pruning.controls=["shuffled_mask","equal_size"]"#,
    ]
    let outcome = try Tool.run(["run", config] + settings.flatMap { ["--set", $0] }, in: folder.path)
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    let lines = outcome.output.split(separator: "\n")
    #expect(lines.first?.hasPrefix("tiny: 3 runs of ") == true)
    #expect(
      lines.filter { $0.contains(": done, ") }.map { $0.prefix { $0 != ":" } }.sorted() == [
        "round-weight-s0-seed1", "round-weight-s0.2-seed1", "weight-s0.36-seed1",
        "weight-s0.36-seed1-equal_size", "weight-s0.36-seed1-shuffled_mask",
      ])
    #expect(
      try FileSystem.names(in: folder("out/rounds")) == ["weight-s0-seed1", "weight-s0.2-seed1"])
    let shown = try Tool.run(["show", "out"], in: folder.path)
    #expect(shown.exitCode == 0 && shown.output.contains("weight (equal size) 36%"))
    let compared = try Tool.run(["compare", "out"], in: folder.path)
    #expect(compared.exitCode == 0 && compared.output.contains("tiny, weight (shuffled mask)"))
    let model = StudyFolder("out").run(
      RunName(strategy: .weight, sparsity: 0.36, seed: 1, control: .equalSize)
    ).model
    let evaluated = try Tool.run(["evaluate", model], in: folder.path)
    #expect(evaluated.exitCode == 0, "\(evaluated.errors)")
  }

  @Test("a study of one strategy and no controls compares with nothing, which is said")
  func alone() throws {
    let folder = try TemporaryFolder()
    let run = try Tool.run(
      ["run", try folder.config(epochs: 1), "--no-measure", "--set", #"pruning.strategies=["weight"]"#],
      in: folder.path)
    #expect(run.exitCode == 0, "\(run.errors)")
    let compared = try Tool.run(["compare", "out"], in: folder.path)
    #expect(compared.exitCode == 64)
    #expect(
      compared.errors.contains(
        "out has one strategy and no controls, which compares with nothing: name two or more folders"))
  }
}
