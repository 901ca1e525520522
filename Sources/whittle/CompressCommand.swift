import ArgumentParser
import Files
import Foundation
import GraphExec
import Interchange
import ModelEvaluation
import ModelFiles
import Reports
import Timing

/// `whittle compress`: writes a model without what was pruned.
struct CompressCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compress",
    abstract: "Make a pruned model small: remove its dead units and store sparse matrices as such.",
    discussion: """
      Weights that are exactly zero are the pruned ones, but for those that the file lists as survivors. The new file
      is read by 'whittle evaluate' and, with NumPy, SciPy and safetensors, by scripts/read-compressed where the config
      gave its network as widths, not as a list of layers. Example:

        whittle compress runs/pruning-challenge/runs/weight-s0.9-seed1/model.safetensors --output small.safetensors
      """)

  @Argument(
    help: "A model file.", completion: .file(extensions: ["safetensors"]), transform: HomeFolder.expand)
  var model: String

  @Option(
    help: "The new file.", completion: .file(extensions: ["safetensors"]), transform: HomeFolder.expand)
  var output: String

  func validate() throws {
    let files = [model, output].map { URL(fileURLWithPath: $0).resolvingSymlinksInPath() }
    if files[0] == files[1] {
      throw ValidationError("--output \(output) is the model itself; choose another file")
    }
  }

  func run() throws {
    let before = try StoredModel.readAny(model)
    let start = ContinuousClock.now
    let after = before.compressed()
    let seconds = (ContinuousClock.now - start).seconds
    let (difference, largest) = try before.outputDifference(to: after)
    AtomicFile.removeLeftovers(of: output)
    try after.file.write(to: output)

    try Output.print(Self.layers(before, after).text(width: Terminal.output.size.columns))
    try Output.print(Self.sizes(before, model, after, output).text(width: Terminal.output.size.columns))
    try Output.print("converted in \(Format.seconds(seconds)) s, \(before.form) to \(after.form)")
    try Output.print(
      String(
        format: "largest difference of an output on 256 random images: %.3g (outputs reach %.3g)", difference,
        largest))
    try Output.print("wrote \(output)")
  }

  /// A row per weight, and one for all that is none: biases, and what batch norm holds.
  private static func layers(_ before: StoredModel, _ after: StoredModel) -> TextTable {
    var table = TextTable(["parameter", "before", "format", "after", "format", "entries", "density"])
    for weight in before.network.weights {
      let (old, new) = (before.parameters[weight.index], after.parameters[weight.index])
      let density = Double(new.survivors) / Double(after.network[weight].count)
      table.append([
        before.network[weight].name, extents(before.network[weight]), old.formatName,
        extents(after.network[weight]), new.formatName, Format.count(Double(new.survivors)),
        Format.sparsity((density * 1e4).rounded() / 1e4),
      ])
    }
    func others(_ model: StoredModel) -> String {
      Format.count(Double(model.network.parameters.filter { !$0.isWeight }.reduce(0) { $0 + $1.count }))
    }
    if before.network.parameters.contains(where: { !$0.isWeight }) {
      table.append(["all others", others(before), "dense", others(after), "dense", others(after), "100%"])
    }
    return table
  }

  private static func extents(_ parameter: Parameter) -> String {
    parameter.shape.dimensions.map(String.init).joined(separator: " x ")
  }

  /// Bytes before and after.
  private static func sizes(
    _ before: StoredModel, _ model: String, _ after: StoredModel, _ output: String
  ) throws -> TextTable {
    var table = TextTable(["bytes", "before", "after", "ratio"])
    func row(_ name: String, _ old: Int, _ new: Int) {
      table.append([
        name, Format.count(Double(old)), Format.count(Double(new)),
        String(format: "%.4f", Double(new) / Double(old)),
      ])
    }
    row("on disk", try FileSystem.size(model), try FileSystem.size(output))
    row("weights on a device", before.deviceBytes, after.deviceBytes)
    return table
  }
}
