import ArgumentParser
import Experiments
import Foundation

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
        whittle train --dataset mnist --directory data/mnist --sparsity 0.95 --device gpu
      """)

  @Option(help: "What is pruned: weight (single weights) or neuron (whole columns).")
  var strategy: PruningConfig.Strategy = .weight

  @Option(help: "Share of each weight matrix that is pruned, 0 to below 1.")
  var sparsity = 0.0

  @Option(help: "synthetic-digits, mnist or fashion-mnist.")
  var dataset = "synthetic-digits"

  @Option(help: "Folder of the data set's files.")
  var directory: String?

  @Option(help: "Layer sizes, as in 784-300-100-10.")
  var layers = "784-1000-1000-500-200-10"

  @Option(help: "Seed of the initial weights and of the batches' order.")
  var seed: UInt64 = 1

  @Option(help: "Images per step.")
  var batchSize = 256

  @Option(help: "Step size of Adam.")
  var learningRate = 0.001

  @OptionGroup var options: StudyOptions

  func run() throws {
    let sizes = layers.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
    guard sizes.allSatisfy({ $0 != nil }) else {
      throw ValidationError("--layers \(layers): expected sizes joined by dashes, as in 784-300-100-10")
    }
    let name = "train-\(strategy.rawValue)-s\(DecimalText.plain(sparsity))"
    var json = JSONValue.object(
      JSONObject([
        ("name", .string(name)),
        (
          "dataset",
          .object(
            JSONObject([("name", .string(dataset)), ("directory", directory.map { .string($0) })]))
        ),
        ("model", .object(JSONObject([("layers", .array(sizes.compactMap { $0 }.map { JSONValue($0) }))]))),
        (
          "training",
          .object(
            JSONObject([
              ("epochs", JSONValue(options.epochs ?? 5)), ("batch_size", JSONValue(batchSize)),
              ("seeds", .array([JSONValue(seed)])),
              ("optimizer", .object(JSONObject([("learning_rate", JSONValue(learningRate))]))),
            ]))
        ),
        (
          "pruning",
          .object(
            JSONObject([
              ("strategies", .array([.string(strategy.rawValue)])),
              ("sparsities", .array([JSONValue(sparsity)])),
            ]))
        ),
        ("output", .string("runs/\(name)")),
      ]))
    for text in options.allOverrides { try ConfigOverride(text).apply(to: &json) }
    let study = try StudyConfig(json: json, source: "whittle train")
    try StudySession(study, options: options).run()
  }
}

extension PruningConfig.Strategy: ExpressibleByArgument {}
