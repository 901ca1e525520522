import ArgumentParser
import Configs
import Files
import Foundation

/// Runs a study.
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run a study: train, prune and measure every network that a config describes.",
    discussion: """
      An interrupted study continues with the same command, and so does a finished one that is given more seeds,
      sparsities, strategies or epochs. Examples:

        whittle run configs/quickstart.json
        whittle run configs/pruning-challenge.json --set dataset.directory=data/mnist --epochs 10
        whittle run configs/quickstart.json --device cpu --output runs/on-the-cpu
      """)

  @Argument(help: "The study's config, a JSON file.", transform: HomeFolder.expand)
  var config: String

  @OptionGroup var options: StudyOptions

  func run() throws {
    let study = try StudyConfig.load(path: config, overrides: options.configOverrides())
    try StudySession(study, source: config, options: options).run()
  }
}
