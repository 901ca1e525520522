import ArgumentParser
import Device
import Experiments

/// Options that every command which trains takes.
struct StudyOptions: ParsableArguments {
  @Option(help: "Where to train: auto, cpu, opencl, gpu, <platform>:<device>, or part of a device's name.")
  var device: String?

  @Option(help: "Folder for the results.")
  var output: String?

  @Option(help: "Passes over the training images.")
  var epochs: Int?

  @Option(help: "Models trained at a time, each on its own command queue.")
  var concurrency: Int?

  @Flag(help: "One model at a time; the same as --concurrency 1.")
  var sequential = false

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "Override a key of the config, as in training.batch_size=128.", valueName: "key.path=value"))
  var overrides: [String] = []

  @Option(help: "Folder with edited .cl files to run instead of those in the binary.")
  var kernels: String?

  @Flag(help: "Start over, whatever the output folder holds.")
  var force = false

  @Flag(help: "Leave out the measurement of each network's speed, which comes after the training.")
  var noMeasure = false

  /// All overrides, in the form of `--set`; the named options after it, since they say more exactly what is meant.
  var allOverrides: [String] {
    overrides
      + [
        device.map { "execution.device=\(quoted($0))" }, output.map { "output=\(quoted($0))" },
        epochs.map { "training.epochs=\($0)" },
        sequential
          ? "execution.concurrent_models=1" : concurrency.map { "execution.concurrent_models=\($0)" },
      ].compactMap { $0 }
  }

  /// The kernels' sources.
  var sources: KernelSources { KernelSources.choose(folder: kernels) }

  /// A JSON string, so that a device `0:0` or a folder `7` stays text.
  private func quoted(_ text: String) -> String { JSONValue.string(text).compact }
}
