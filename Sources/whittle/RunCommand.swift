import ArgumentParser
import Configs
import Files
import Foundation
import Studies

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

      Several processes, on any machines that see the folder, work on one study when each is told so:

        whittle run configs/pruning-challenge.json --shared
        whittle run configs/pruning-challenge.json --shard 3/8
      """)

  @Argument(help: "The study's config, a JSON file.", transform: HomeFolder.expand)
  var config: String

  @OptionGroup var options: StudyOptions

  @Flag(help: "Work on the study together with other processes that are told so.")
  var shared = false

  @Option(
    help: ArgumentHelp(
      "Train only this part of the runs, as in 3/8, and what they build on; implies --shared.",
      valueName: "k/n"))
  var shard: String?

  @Option(
    help: """
      Train only the jobs of a stage: 1 are those that build on no other, each other stage builds on those before it; \
      implies --shared.
      """)
  var stage: Int?

  func run() throws {
    let study = try StudyConfig.load(path: config, overrides: options.configOverrides())
    try StudySession(study, source: config, options: options, share: share()).run()
  }

  /// What this process takes of the study; nil for all of it.
  private func share() throws -> StudyShare? {
    guard shared || shard != nil || stage != nil else { return nil }
    var share = StudyShare(stage: stage)
    if let stage, stage < 1 { throw ValidationError("--stage \(stage): stages are counted from 1") }
    if let shard {
      share.shard = StudyShare.Shard(shard)
      if share.shard == nil {
        throw ValidationError("--shard \(shard): give a part and how many there are, as in 3/8")
      }
    }
    return share
  }
}
