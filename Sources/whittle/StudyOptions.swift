import ArgumentParser
import Configs
import Device
import Files
import GraphExec
import Text

/// Options that every command which trains takes.
struct StudyOptions: ParsableArguments {
  @Option(help: "Where to train: auto, cpu, opencl, gpu, <platform>:<device>, or part of a device's name.")
  var device: String?

  @Option(help: "Folder for the results.", transform: HomeFolder.expand)
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

  @Option(
    help: "Folder with edited .cl files to run instead of those in the binary.",
    transform: HomeFolder.expand)
  var kernels: String?

  @Flag(
    help:
      "Leave out images of your own that cannot be read, and say how many; else the first ends the command.")
  var skipUnreadable = false

  @Flag(help: "Start over, whatever the output folder holds.")
  var force = false

  @Flag(help: "Leave out the measurement of each network's speed, which comes after the training.")
  var noMeasure = false

  @Flag(help: "Run again what failed.")
  var retry = false

  /// What the command line says of the config's keys.
  ///
  /// - Throws: `ConfigOverrideError`.
  func configOverrides() throws -> [ConfigOverride] {
    let concurrent = "execution.concurrent_models"
    return try overrides.map { try ConfigOverride($0) }
      + [
        device.map { ConfigOverride("execution.device", .string($0), option: "--device \($0)") },
        output.map { ConfigOverride("output", .string($0), option: "--output \($0)") },
        epochs.map { ConfigOverride("training.epochs", JSONValue($0), option: "--epochs \($0)") },
        concurrency.map { ConfigOverride(concurrent, JSONValue($0), option: "--concurrency \($0)") },
        skipUnreadable
          ? ConfigOverride("dataset.skip_unreadable", .bool(true), option: "--skip-unreadable") : nil,
        sequential ? ConfigOverride(concurrent, JSONValue(1), option: "--sequential") : nil,
      ].compactMap { $0 }
  }

  /// Refuses what the CPU backend would leave aside.
  func check(_ backend: any Backend) throws {
    if let kernels, backend.summary.backend != "opencl" {
      throw ValidationError(
        "--kernels \(kernels): the CPU backend has no kernels; choose an OpenCL device with --device")
    }
  }

  /// The kernels' sources.
  var sources: KernelSources { KernelSources.choose(folder: kernels) }
}
