import ArgumentParser
import Backends
import Configs
import Foundation
import GraphExec
import Reports
import Studies
import StudyFiles

extension PlanCommand {
  /// The format of each layer at one sparsity, with the time that this device should take.
  ///
  /// - Returns: the network that pruning leaves.
  func showFormats(_ study: StudyConfig, strategy: PruningConfig.Strategy, sparsity: Double) throws -> Network
  {
    let backend = try BackendChoice.open(study.execution.device)
    if recalibrate, backend.summary.backend != "opencl" {
      throw ValidationError(
        "--recalibrate: the CPU backend has no measured costs; choose an OpenCL device with --device")
    }
    let run = RunName(strategy: strategy, sparsity: sparsity, seed: study.training.seeds[0])
    let plan = try FormatPlan(study, run: run, backend: backend, anew: recalibrate)
    var table = TextTable(["layer", "before", "runs as", "density", "format", "a step", "dense"])
    for layer in plan.layers {
      table.append([
        "\(layer.label)", "\(layer.original.inputs)x\(layer.original.outputs)",
        "\(layer.shape.inputs)x\(layer.shape.outputs)", String(format: "%.4f", layer.density), layer.format,
        Self.milliseconds(layer.seconds), Self.milliseconds(layer.denseSeconds),
      ])
    }
    try Output.print(
      "\n\(strategy.rawValue) pruning at \(Format.sparsity(sparsity)), format \(study.execution.format.rawValue), "
        + "initial weights of seed \(run.seed):\n\n\(table.text(width: Terminal.output.size.columns))",
      terminator: "")
    let total = plan.layers.compactMap(\.seconds).reduce(0, +)
    let dense = plan.layers.compactMap(\.denseSeconds).reduce(0, +)
    if dense > 0 {
      try Output.print(
        "\nmatmuls of a step: \(Self.milliseconds(total)) expected, dense \(Self.milliseconds(dense)), "
          + "\(Format.ratio(dense / total)) faster")
    } else {
      try Output.print("\nthe CPU backend has dense layers only, and no measured costs")
    }
    return plan.network
  }

  private static func milliseconds(_ seconds: Double?) -> String {
    seconds.map { String(format: "%.3f ms", $0 * 1e3) } ?? "–"
  }
}
