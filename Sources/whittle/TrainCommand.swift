import ArgumentParser
import Configs
import Datasets
import Files
import Foundation
import Reports
import StudyFiles
import Text

/// Trains one model.
struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train one model.",
    discussion: """
      The same as a study of one run. Without a data set it takes the built-in synthetic digits; MNIST needs a folder
      with its four IDX files (whittle data download mnist --directory data/mnist). Examples:

        whittle train
        whittle train --strategy neuron --sparsity 0.9 --epochs 3
        whittle train --network lenet-5 --strategy neuron --sparsity 0.5
        whittle train --dataset mnist --directory data/mnist --sparsity 0.95 --device gpu
      """)

  @Option(help: "What is pruned: weight (single weights) or neuron (whole columns). (default: weight)")
  var strategy: PruningConfig.Strategy?

  @Option(help: "Share of each weight matrix that is pruned, 0 to below 1. (default: 0)")
  var sparsity: FiniteNumber?

  @Option(help: "One of those that 'whittle data list' shows. (default: synthetic-digits)")
  var dataset: String?

  @Option(
    help: "Folder of the data set's files. (default: data/<dataset>)", completion: .directory,
    transform: HomeFolder.expand)
  var directory: String?

  @Option(
    help: "Layer sizes, as in 784-300-100-10. (default: 1000-1000-500-200 between what the data set has)")
  var layers: LayerSizes?

  @Option(help: "A network by its name, as in lenet-5, instead of --layers; the README lists them.")
  var network: String?

  @Option(help: "Seed of the initial weights and of the batches' order. (default: 1)")
  var seed: UInt64?

  @Option(help: "Images per step. (default: 256)")
  var batchSize: Int?

  @Option(help: "The optimizer's step size. (default: the optimizer's own)")
  var learningRate: FiniteNumber?

  @OptionGroup var options: StudyOptions

  func run() throws {
    let study = try study(options.configOverrides() + named)
    guard study.runs.count == 1 else {
      throw ValidationError(
        "whittle train trains one model, and this asks for \(study.runs.count); write a config, and use whittle run"
      )
    }
    if let strategy, study.runs.allSatisfy({ $0.sparsity == 0 }) {
      throw ValidationError("--strategy \(strategy.rawValue): give --sparsity too, at which it prunes")
    }
    try StudySession(study, source: Self.source, options: options).run()
  }

  /// What messages call the config that stands in for a file.
  private static let source = "whittle train"

  /// What is given by an option of its own.
  private var named: [ConfigOverride] {
    [
      strategy.map {
        ConfigOverride(
          "pruning.strategies", .array([.string($0.rawValue)]), option: "--strategy \($0.rawValue)")
      },
      sparsity.map {
        ConfigOverride("pruning.sparsities", .array([JSONValue($0.value)]), option: "--sparsity \($0.text)")
      },
      dataset.map { ConfigOverride("dataset.name", .string($0), option: "--dataset \($0)") },
      directory.map { ConfigOverride("dataset.directory", .string($0), option: "--directory \($0)") },
      layers.map { layers in
        ConfigOverride(
          "model.layers", .array(layers.sizes.map { JSONValue($0) }), option: "--layers \(layers.text)")
      },
      network.map { ConfigOverride("model.network", .string($0), option: "--network \($0)") },
      seed.map { ConfigOverride("training.seeds", .array([JSONValue($0)]), option: "--seed \($0)") },
      batchSize.map { ConfigOverride("training.batch_size", JSONValue($0), option: "--batch-size \($0)") },
      learningRate.map {
        ConfigOverride(
          "training.optimizer.learning_rate", JSONValue($0.value), option: "--learning-rate \($0.text)")
      },
    ].compactMap { $0 }
  }

  /// The study of one run, named after what it prunes.
  private func study(_ overrides: [ConfigOverride]) throws -> StudyConfig {
    let study = try StudyConfig(json: Self.defaults(overrides), source: Self.source, overrides: overrides)
    func isGiven(_ key: String) -> Bool { overrides.contains { $0.path == key } }
    guard !isGiven("name"), let run = study.runs.first else { return study }
    var named = study
    named.name = "train-\(run.strategy.rawValue)-s\(DecimalText.plain(run.sparsity))"
    if !isGiven("output") { named.output = "runs/\(named.name)" }
    return named
  }
}

extension TrainCommand {
  /// The config that is overridden. Its network is the challenge's, between what the data set has that is asked for.
  private static func defaults(_ overrides: [ConfigOverride]) throws -> JSONValue {
    func config(_ set: KnownDataset) throws -> JSONValue {
      try JSONParser.parse(
        """
        {"name": "train", "dataset": {"name": "synthetic-digits"},
         "model": {"layers": [\(set.shape.values), 1000, 1000, 500, 200, \(set.classes)]}, "training": {"epochs": 5}}
        """)
    }
    var asked = try config(.syntheticDigits)
    try ConfigOverride.apply(overrides, to: &asked)
    // What is wrong with it is said when the whole config is read.
    guard case .object(let object) = asked, case .object(let dataset)? = object["dataset"],
      let set = try? DatasetConfig(json: dataset, source: source).name
    else { return try config(.syntheticDigits) }
    return try config(set)
  }
}

/// A number on the command line; no part of a study can be infinite, or not a number. One that is too small would be read
/// as 0.
struct FiniteNumber: ExpressibleByArgument {
  let value: Double
  /// As it was typed.
  let text: String

  init?(argument: String) {
    guard let value = Double(argument), value.isFinite, value != 0 || DecimalText.isZero(argument) else {
      return nil
    }
    self.value = value
    text = argument
  }
}

/// Layer sizes on the command line, as in `784-300-100-10`.
struct LayerSizes: ExpressibleByArgument {
  let sizes: [Int]
  /// As it was typed.
  let text: String

  init?(argument: String) {
    let sizes = argument.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
    guard sizes.allSatisfy({ $0 != nil }) else { return nil }
    self.sizes = sizes.compactMap { $0 }
    text = argument
  }
}

extension PruningConfig.Strategy: ExpressibleByArgument {}
