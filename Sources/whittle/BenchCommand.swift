import ArgumentParser
import Backends
import Bench
import Configs
import Device
import Files
import Foundation
import GraphExec
import ModelEvaluation
import Reports

/// Measures speed.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measure matmuls, training steps, inference or formats on one or several devices.",
    discussion: """
      The network is that of the pruning challenge (784-1000-1000-500-200-10, batch 256) on random images, or one with \
      a name. Each device takes its turn in every round, and medians count. What the process's threads worked is \
      shown against the time on the clock: 100% is one core. Benchmarks/run compares Whittle with other tools.

        whittle bench step --device auto --device cpu
        whittle bench step --strategy weight --sparsity 0.9
        whittle bench step --network resnet-20 --strategy neuron --sparsity 0.5
        whittle bench step --trained
        whittle bench formats
      """,
    subcommands: [Matmul.self, Step.self, Inference.self, Sparse.self, Formats.self])

  /// What all benchmarks take.
  struct Options: ParsableArguments {
    @Option(
      name: .customLong("device"),
      help: ArgumentHelp(
        "Where to measure, as in 'whittle run'; may be given several times. (default: auto)",
        valueName: "device"))
    var devices: [String] = []

    @Flag(help: "Print a JSON object for each device, on a line of its own.")
    var json = false

    @Option(help: "How often each measurement is made.")
    var rounds = 5

    @Option(
      help: "Folder with edited .cl files to run instead of those in the binary.", completion: .directory,
      transform: HomeFolder.expand)
    var kernels: String?

    var chosen: [String] { devices.isEmpty ? ["auto"] : devices }
    var sources: KernelSources { KernelSources.choose(folder: kernels) }

    func validate() throws {
      guard rounds >= 1 else { throw ValidationError("--rounds \(rounds): expected at least 1") }
      if let kernels, chosen.allSatisfy({ DeviceSelection($0) == .cpu }) {
        throw ValidationError("--kernels \(kernels): the CPU backend has no kernels; name an OpenCL device")
      }
    }
  }

  /// Which network is measured.
  struct NetworkOptions: ParsableArguments {
    @Option(
      help: ArgumentHelp(
        "A network with a name, in place of the challenge's: of grey images by Adam at batch 256, of coloured ones by SGD "
          + "with momentum at batch 128.", valueName: "network"))
    var network: NetworkPreset?

    @Option(help: "What is pruned at --sparsity: weight or neuron. (default: weight)")
    var strategy: PruningConfig.Strategy?

    @Option(help: "Fraction of each hidden layer that is pruned, 0..<1.")
    var sparsity = 0.0

    @Option(help: "The form of a pruned network: auto, dense or sparse.")
    var format: ExecutionConfig.Format = .auto

    @OptionGroup var batch: BatchOptions

    @Option(help: "Models at a time, each on its own command queue.")
    var models = 1

    func validate() throws {
      guard (0..<1).contains(sparsity) else {
        throw ValidationError("--sparsity \(sparsity): expected a fraction from 0 to below 1")
      }
      if let strategy, strategy != .weight, strategy != .neuron {
        throw ValidationError("--strategy \(strategy.rawValue): expected weight or neuron")
      }
      if sparsity == 0, let strategy {
        throw ValidationError("--strategy \(strategy.rawValue): give --sparsity too, at which it prunes")
      }
      if sparsity == 0, format == .sparse {
        throw ValidationError("--format sparse: give --sparsity too; without pruning every layer is dense")
      }
      guard (1...64).contains(models) else { throw ValidationError("--models \(models): expected 1 to 64") }
    }

    func choice() throws -> BenchNetwork {
      var choice = BenchNetwork(
        try network.map { try BenchSubject($0) } ?? .challenge,
        pruning: sparsity > 0 ? (strategy == .neuron ? .neuron : .weight, sparsity) : nil, format: format)
      choice.batchSize = batch.size
      return choice
    }
  }

  /// How many images a batch has.
  struct BatchOptions: ParsableArguments {
    @Option(
      name: .customLong("batch-size"),
      help: ArgumentHelp("Images of a batch, up to 65536. (default: the network's)", valueName: "images"))
    var size: Int?

    func validate() throws {
      if let size, !(1...65_536).contains(size) {
        throw ValidationError("--batch-size \(size): expected 1 to 65536")
      }
    }
  }
}

extension ExecutionConfig.Format: ExpressibleByArgument {}
extension NetworkPreset: ExpressibleByArgument {}
extension Regrowth: ExpressibleByArgument {}

extension BenchCommand {
  /// The matmuls one by one.
  struct Matmul: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Measure the matmuls of a training step, one by one, in GFLOP/s.")

    @OptionGroup var options: Options
    @OptionGroup var batch: BatchOptions

    func run() throws {
      let benches = try options.chosen.map { name in
        try MatmulBench(
          BackendChoice.openCL(OpenCLDevice.open(name, for: "bench matmul", sources: options.sources)),
          batch: batch.size ?? BenchSubject.challenge.batch)
      }
      for _ in 0..<options.rounds { for bench in benches { try bench.round() } }
      for report in benches.map(\.report) {
        if options.json {
          try Output.print(exactly: JSONLine.encode(report) + "\n")
        } else {
          try show(report)
        }
      }
    }

    private func show(_ report: MatmulBench.Report) throws {
      var table = TextTable(["layer", "pass", "shape", "tile", "time", "GFLOP/s", "of peak"])
      for result in report.results {
        table.append([
          "\(result.layer)", result.pass.replacingOccurrences(of: "_", with: " "),
          "\(result.inputs)x\(result.outputs)x\(result.batch)", result.tile,
          String(format: "%.3f ms", result.seconds * 1e3), String(format: "%.1f", result.gflops),
          String(format: "%.0f%%", result.shareOfPeak * 100),
        ])
      }
      try Output.print(
        "\(report.device.name): measured peak \(String(format: "%.1f", report.peakGflops)) GFLOP/s")
      try Output.print(table.text(width: Terminal.output.size.columns), terminator: "")
    }
  }

  /// Training steps.
  struct Step: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Measure training steps of a dense or pruned network.")

    @OptionGroup var options: Options
    @OptionGroup var network: NetworkOptions

    @Option(
      help: ArgumentHelp(
        "Replace 30% of the entries of a weight once in 100 steps, at places that are drawn (random, as in SET) or that have "
          + "the largest gradients (gradient, as in RigL).", valueName: "places"))
    var regrow: Regrowth?

    @Flag(help: "Measure networks that were trained until their loss is under 1e-6, in place of fresh ones.")
    var trained = false

    func validate() throws {
      guard let regrow else { return }
      let option = "--regrow \(regrow.rawValue)"
      guard network.sparsity > 0, network.strategy != .neuron else {
        throw ValidationError(
          "\(option): replaces weights of a pruned network; give --sparsity, of strategy weight")
      }
      guard network.format != .dense, !trained else {
        throw ValidationError(
          "\(option): measures fresh networks in CSR; leave out --format dense and --trained")
      }
    }

    func run() throws {
      var choice = try network.choice()
      if trained { choice.fittedTo = 1e-6 }
      choice.regrowth = regrow
      try ModelTable.run(.step, options, choice, models: network.models)
    }
  }

  /// Forward passes.
  struct Inference: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Measure the classification of images by a dense or pruned network.")

    @OptionGroup var options: Options
    @OptionGroup var network: NetworkOptions

    @Option(help: "Images to classify.")
    var images = 10000

    func validate() throws {
      guard (1...1_000_000).contains(images) else {
        throw ValidationError("--images \(images): expected 1 to 1000000")
      }
    }

    func run() throws {
      try ModelTable.run(.inference(images: images), options, network.choice(), models: network.models)
    }
  }
}

/// What whole models reach, a row per device.
private enum ModelTable {
  static func run(
    _ work: ModelBench.Work, _ options: BenchCommand.Options, _ network: BenchNetwork, models: Int
  ) throws {
    let benches = try options.chosen.map {
      try ModelBench(work, device: $0, sources: options.sources, network: network, models: models)
    }
    for _ in 0..<options.rounds { for bench in benches { try bench.round() } }
    let reports = benches.map(\.report)
    if options.json { return try reports.forEach { try Output.print(exactly: JSONLine.encode($0) + "\n") } }
    try show(reports)
  }

  private static func show(_ reports: [ModelBench.Report]) throws {
    let isStep = reports.contains { $0.secondsPerStep != nil }
    var table = TextTable([
      "device", "network", "formats", "models", isStep ? "step" : "all images", "images/s", "GFLOP/s",
      "of peak",
      "processor", "kernels ready", "on device", "resident",
    ])
    for report in reports {
      table.append([
        report.device.name, Format.widths(report.layers),
        Format.layerFormats(report.formats), "\(report.models)",
        String(format: "%.2f ms", (report.secondsPerStep ?? report.seconds) * 1e3),
        String(format: "%.0f", report.imagesPerSecond), String(format: "%.1f", report.gflops),
        report.shareOfPeak.map { String(format: "%.0f%%", $0 * 100) } ?? "",
        String(format: "%.0f%%", report.processorSeconds / report.seconds * 100),
        String(format: "%.2f s", report.kernelsReadySeconds), "\(report.deviceBytes >> 20) MiB",
        "\(report.residentBytes >> 20) MiB",
      ])
    }
    try Output.print(table.text(width: Terminal.output.size.columns), terminator: "")
    if let loss = reports.compactMap(\.loss).max() {
      try Output.print(String(format: "trained before that until the loss was %.2g", loss))
    }
  }
}
