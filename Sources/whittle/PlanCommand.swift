import ArgumentParser
import Backends
import Configs
import Device
import Files
import Foundation
import GraphExec
import Reports
import Timing

/// Shows what a study's training step launches.
struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Print the plan of a config: every launch of a training step, with its shape, tile and costs.",
    discussion: """
      Nothing is trained, and no data set is needed, but for one of your own whose config does not say its shape and
      classes. Examples:

        whittle plan configs/quickstart.json
        whittle plan configs/quickstart.json --device gpu --set training.batch_size=512
        whittle plan configs/quickstart.json --strategy neuron --sparsity 0.9
        whittle plan configs/quickstart.json --strategy neuron --sparsity 0.9 --svg network.svg
      """)

  @Argument(
    help: "The study's config, a JSON file.", completion: .file(extensions: ["json"]),
    transform: HomeFolder.expand)
  var config: String

  @Option(help: "The device to plan for, instead of the config's.")
  var device: String?

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "Override a key of the config, as in training.batch_size=128.", valueName: "key.path=value"))
  var overrides: [String] = []

  @Option(help: "Show the format that each layer gets at this sparsity, 0<..<1, and its expected time.")
  var sparsity: Double?

  @Option(help: "What is pruned at --sparsity: weight, neuron, block or n_m. (default: weight)")
  var strategy: PruningConfig.Strategy?

  @Flag(help: "Measure anew what each format costs on this device, and keep that for later; with --sparsity.")
  var recalibrate = false

  @Option(
    help: ArgumentHelp(
      "Draw the network to this file, with Graphviz; with --sparsity, what it takes from each layer.",
      valueName: "file"), completion: .file(extensions: ["svg"]), transform: HomeFolder.expand)
  var svg: String?

  func validate() throws {
    guard let sparsity else {
      if let strategy {
        throw ValidationError("--strategy \(strategy.rawValue): give --sparsity too, at which it prunes")
      }
      if recalibrate { throw ValidationError("--recalibrate: give the --sparsity whose formats it is for") }
      return
    }
    guard sparsity > 0, sparsity < 1 else {
      throw ValidationError("--sparsity \(sparsity): expected a fraction above 0 and below 1")
    }
  }

  func run() throws {
    let device = device.map { ConfigOverride("execution.device", .string($0), option: "--device \($0)") }
    let config = try StudyConfig.load(
      path: self.config, overrides: overrides.map { try ConfigOverride($0) } + [device].compactMap { $0 })
    // Of a whole data set the number of images is not known without loading it.
    let study = config.fitted(toImages: config.dataset.train ?? config.training.batchSize)
    if let sparsity {
      let left = try showFormats(study, strategy: strategy ?? .weight, sparsity: sparsity)
      if let svg { try draw(study.network, left: left, to: svg) }
      return
    }
    if let svg { try draw(study.network, left: nil, to: svg) }
    let isPruned = study.pruning.sparsities.contains { $0 > 0 }
    let specification = study.specification(masked: isPruned)
    let graph = try ForwardPass(specification.network).training(specification)
    let selection = DeviceSelection(study.execution.device)
    let found =
      selection == .cpu
      ? nil : try selection.pick(from: ComputeDevice.all { ErrorStream.warn("\($0)") })
    let layers = Format.widths(specification.network.widths)
    try Output.print(
      "\(study.name): \(layers), batch \(specification.batchSize)\(isPruned ? ", masked" : "")")
    try showNetwork(study.network)
    try Output.print("")
    guard let found else {
      try Output.print("The CPU backend runs the graph operation by operation:\n\n\(graph)")
      return
    }
    let backend = try BackendChoice.openCL(ComputeContext(found, sources: .choose(folder: nil)))
    let kernels = backend.config(batchSize: specification.batchSize)
    try Output.print(
      "\(found.address) \(found.name), kernels for \(kernels.matmulFile == "matmul_cpu.cl" ? "CPUs" : "GPUs")\n"
    )
    let plan = try Plan(graph, specification: specification, config: kernels)
    try show(plan)
    try showStep(specification, on: backend)
    try showForward(specification, on: backend)
    if isPruned { try showPruning(study, kernels) }
    let concurrent = study.execution.concurrentModels
    try Output.print(
      "\nmemory: \(bytes(plan.bufferBytes)) for each model, \(bytes(plan.bufferBytes * concurrent)) for "
        + "\(concurrent) at a time; the data set takes \(study.network.inputs + 5) bytes an image besides")
  }

  private func show(_ plan: Plan) throws {
    var table = TextTable(
      ["launch", "kernel", "shape", "tile", "tiles from", "global/local", "MFLOP", "moved"])
    for launch in plan.launches {
      table.append([
        launch.label, launch.kernel, launch.shape, launch.tile,
        launch.tileSource.map { "\($0)" } ?? "", "\(launch.geometry)",
        String(format: "%.2f", Double(launch.flops) / 1e6), bytes(launch.bytes),
      ])
    }
    try Output.print(table.text(width: Terminal.output.size.columns), terminator: "")
    let intensity = Double(plan.flops) / Double(max(plan.bytes, 1))
    try Output.print(
      "\na step: \(plan.launches.count) launches, \(String(format: "%.2f", Double(plan.flops) / 1e9)) GFLOP, "
        + "\(bytes(plan.bytes)) moved, \(String(format: "%.1f", intensity)) FLOP a byte")
  }

  /// How steps run where there is a choice, and why: what was measured just now.
  private func showStep(_ specification: ModelSpecification, on backend: OpenCLBackend) throws {
    let times = try backend.stepTimes(of: specification)
    guard times.count > 1, let best = times.min(by: { $0.time < $1.time }) else { return }
    func name(_ form: StepForm?) -> String { form?.description ?? "layer by layer" }
    let measured = times.map { "\(name($0.way)) \(String(format: "%.3f", $0.time.seconds * 1e3)) ms" }
    try Output.print("a step runs \(name(best.way)); it takes " + measured.joined(separator: ", "))
  }

  /// How tests and inference run, and why: what was measured just now.
  private func showForward(_ specification: ModelSpecification, on backend: OpenCLBackend) throws {
    var specification = specification
    specification.trains = false
    let times = try backend.forwardTimes(of: specification)
    guard times.count > 1, let best = times.min(by: { $0.time < $1.time }) else { return }
    func name(_ form: BlockForm?) -> String {
      guard let form else { return "layer by layer" }
      return form.part != nil
        ? "sharing out each layer of a block of \(form.images)"
        : "in blocks of \(form.images) images through all layers"
    }
    let measured = times.map { "\(name($0.way)) \(String(format: "%.3f", $0.time.seconds * 1e3)) ms" }
    try Output.print(
      "a test runs \(name(best.way)); \(specification.batchSize) images take "
        + measured.joined(separator: ", "))
  }

  /// The launches that prune, for the study's first strategy and highest sparsity.
  private func showPruning(_ study: StudyConfig, _ kernels: KernelConfig) throws {
    guard let run = study.runs.max(by: { $0.sparsity < $1.sparsity }) else { return }
    let network = study.network
    let policy = study.policy(run, stepsPerEpoch: 1)
    let specification = study.specification(masked: true, seed: run.seed)
    var table = TextTable(["event", "kernel", "shape", "global/local", "moved"])
    for event in policy.events(sparsity: run.sparsity, of: network) {
      for launch in PruningPlan(event, of: specification, config: kernels).launches {
        table.append([
          launch.label, launch.kernel, launch.shape, "\(launch.geometry)", bytes(launch.bytes),
        ])
      }
    }
    try Output.print(
      "\npruning to \(Format.sparsity(run.sparsity)) (\(run.strategy.rawValue)):\n\n"
        + table.text(width: Terminal.output.size.columns), terminator: "")
  }

  private func bytes(_ count: Int) -> String {
    count < 1 << 20
      ? String(format: "%.1f KiB", Double(count) / 1024)
      : String(format: "%.1f MiB", Double(count) / 1_048_576)
  }
}
