import ArgumentParser
import Backends
import Bench
import Configs
import Device
import Files
import Foundation
import GraphExec
import Reports
import Studies
import Tuning

/// Searches tiles.
struct TuneCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tune",
    abstract: "Search the fastest tiles for the matmuls of a config on a device, and keep them.",
    discussion: """
      Without a config it is the network of the pruning challenge (784-1000-1000-500-200-10, batch 256). What is found is \
      checked against a reference in double precision, kept in your cache folder, and used from then on by everything that \
      runs on the device; results keep their bits. 'whittle plan' shows where the tiles of each launch come from. Ctrl-C \
      ends the search and keeps what was found. Let the machine do nothing else meanwhile.

        whittle tune
        whittle tune configs/lenet-5.json --device gpu --time 5m
      """)

  @Argument(
    help: "The study's config, a JSON file.", completion: .file(extensions: ["json"]),
    transform: HomeFolder.expand)
  var config: String?

  @Option(
    help:
      "The OpenCL device, instead of the config's: auto, opencl, gpu, <platform>:<device>, or part of a name."
  )
  var device: String?

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "Override a key of the config, as in training.batch_size=128.", valueName: "key.path=value"))
  var overrides: [String] = []

  @Option(help: "Tune this family of kernels, cpu or gpu, in place of the one that fits the device.")
  var family: KernelConfig.Family?

  @Option(help: ArgumentHelp("How long to search, as in 90s, 2m or 1h.", valueName: "time"))
  var time = SearchTime(seconds: 120)

  @Option(
    help: "Folder with edited .cl files to tune instead of those in the binary.", completion: .directory,
    transform: HomeFolder.expand)
  var kernels: String?

  @Flag(help: "Print a JSON object.")
  var json = false

  func validate() throws {
    if config == nil, let override = overrides.first {
      throw ValidationError("--set \(override): give the config whose key it is")
    }
  }

  func run() throws {
    let (specification, configured) = try subject()
    let context = try OpenCLDevice.open(
      device ?? configured, for: "tune", sources: KernelSources.choose(folder: kernels))
    let store = try TileStore(context.device, sources: context.sources)
    let tuner = try Tuner(
      OpenCLBackend(context, family: family, tables: store.tables), specification)
    guard !tuner.products.isEmpty else {
      return try Output.print("nothing to tune: no layer of this network has kernels with tiles to choose")
    }
    let interrupts = Interrupts()
    let isTerminal = Terminal.errors.isInteractive
    let results = try tuner.run(seconds: time.seconds, isStopped: { interrupts.signal.isStopped }) {
      progress in
      if isTerminal { Output.tell("\r\u{1B}[K\(Self.line(progress))") }
    } keep: {
      try store.keep($0)
    }
    if isTerminal { Output.tell("\r\u{1B}[K") }
    let report = Report(
      device: context.device.name, driver: context.device.driverVersion,
      computeUnits: context.device.computeUnits, batch: specification.batchSize, path: store.path,
      results: results)
    if json { try Output.print(exactly: JSONLine.encode(report) + "\n") } else { try show(report) }
    for result in results {
      guard let fault = result.fault else { continue }
      ErrorStream.warn(
        "\(result.pass) \(Self.sizes(result)): the fastest tiles compute something else, and are not used: \(fault)"
      )
    }
    if let number = interrupts.number {
      throw Interrupted(
        signal: number,
        description: "stopped; what was found for \(results.count) of \(tuner.products.count) "
          + "products is kept")
    }
  }

  /// What is tuned, and the device that its config names.
  private func subject() throws -> (ModelSpecification, device: String) {
    guard let config else {
      let subject = BenchSubject.challenge
      let specification = ModelSpecification(
        network: subject.network, batchSize: subject.batch, updates: UpdateRule(subject.optimizer),
        masked: true)
      return (specification, "auto")
    }
    let study = try StudyConfig.load(path: config, overrides: overrides.map { try ConfigOverride($0) })
    let fitted = study.fitted(toImages: study.dataset.train ?? study.training.batchSize)
    let isPruned = fitted.pruning.sparsities.contains { $0 > 0 }
    return (fitted.specification(masked: isPruned), fitted.execution.device)
  }

  /// What is printed.
  private struct Report: Encodable {
    let device: String
    let driver: String
    let computeUnits: Int
    let batch: Int
    let path: String
    let results: [TuneResult]
  }

  private func show(_ report: Report) throws {
    var table = TextTable(["pass", "shape", "before", "after", "ratio", "tiles", "tried"])
    for result in report.results {
      table.append([
        result.pass.replacing("_", with: " "), Self.sizes(result), Self.milliseconds(result.secondsBefore),
        Self.milliseconds(result.secondsAfter), result.isChanged ? String(format: "%.2f", result.ratio) : "–",
        result.tile, "\(result.tried) of \(result.candidates)",
      ])
    }
    try Output.print("\(report.device), batch \(report.batch)")
    try Output.print(table.text(width: Terminal.output.size.columns), terminator: "")
    let changed = report.results.filter(\.isChanged).count
    let (before, after) = report.results.reduce((0, 0)) { ($0.0 + $1.secondsBefore, $0.1 + $1.secondsAfter) }
    try Output.print(
      "other tiles for \(changed) of \(report.results.count) products, which together take "
        + "\(Self.milliseconds(after)) in place of \(Self.milliseconds(before)); kept in \(report.path)")
  }

  private static func line(_ progress: TuneProgress) -> String {
    "\(progress.place)/\(progress.count)  \(progress.product.pass.words) \(progress.product.sizes)  "
      + "\(progress.tried) of \(progress.candidates) tried  \(RunProgress.duration(progress.secondsLeft)) left"
  }

  private static func sizes(_ result: TuneResult) -> String {
    "\(result.inputs)x\(result.outputs)x\(result.columns)"
  }

  private static func milliseconds(_ seconds: Double) -> String { String(format: "%.3f ms", seconds * 1e3) }
}

/// How long a search takes, as an option has it.
struct SearchTime: ExpressibleByArgument {
  let seconds: Double
  private static let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600]

  init(seconds: Double) { self.seconds = seconds }

  init?(argument: String) {
    guard let unit = argument.last.flatMap({ Self.units[$0] }), let number = Double(argument.dropLast()),
      number > 0, number * unit <= 24 * 3600
    else { return nil }
    seconds = number * unit
  }

  var defaultValueDescription: String { "2m" }
}

extension KernelConfig.Family: ExpressibleByArgument {}
