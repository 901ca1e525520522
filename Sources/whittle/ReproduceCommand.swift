import ArgumentParser
import Configs
import Files
import Foundation
import Reports

/// Runs a published study and shows its figures beside the papers'.
struct ReproduceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reproduce",
    abstract: "Run a published study, and print its figures beside the papers'.",
    discussion: """
      Without a name it lists the studies. One that was interrupted goes on, and one that is finished prints its table at \
      once. Accuracies are those of the last epoch, means over seeds; the best epoch on the test images is beside them, \
      since some papers report that.

        whittle reproduce
        whittle reproduce lenet-300-100-snip
        whittle reproduce set-mlp --set training.seeds=[1] --output runs/quick
      """)

  @Argument(help: "The study's name.")
  var name: String?

  @Option(
    help: "The folder of the studies.", completion: .directory, transform: HomeFolder.expand)
  var studies = "configs/published"

  @OptionGroup var options: StudyOptions

  func run() throws {
    let studies = try PublishedStudies(folder: studies)
    guard let name else {
      var table = TextTable(["name", "what is repeated"], alignments: [.leading, .leading])
      for study in studies.studies { table.append([study.name, study.title]) }
      return try Output.print(table.text(width: Terminal.output.size.columns), terminator: "")
    }
    let study = try studies.study(name)
    let path = studies.config(of: study)
    let config = try StudyConfig.load(path: path, overrides: options.configOverrides())
    try StudySession(config, source: path, options: options).run()
    let results = try StudyResults(folder: URL(fileURLWithPath: config.output))
    try Output.print(
      "\n" + PublishedTable(study, results).text(width: Terminal.output.size.columns), terminator: "")
  }
}
