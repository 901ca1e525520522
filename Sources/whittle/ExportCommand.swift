import ArgumentParser
import Files
import Foundation
import GraphExec
import Interchange
import ModelFiles
import Reports
import Studies

/// `whittle export`: writes a model for other programs.
struct ExportCommand: ParsableCommand {
  /// Whom the file is for.
  enum Target: String, CaseIterable, ExpressibleByArgument {
    case onnx
    case pytorch
    case numpy
  }

  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write a model for other programs: ONNX, PyTorch or NumPy.",
    discussion: """
      Dead units are left out first, as 'whittle compress' does. Weights are written dense; --sparse makes those of ONNX
      sparse initializers where that takes fewer bytes: a smaller file, which runtimes make dense when they load it. The
      network takes what it was trained on, float32, and the file says what that is of an image's bytes; --input bytes has
      an ONNX network take the bytes themselves. For PyTorch there are two files, weights and the Python that builds the
      network. Examples:

        whittle export small.safetensors --to onnx --output small.onnx
        whittle export small.safetensors --to pytorch --output small.py
      """)

  @Argument(
    help: "A model file, ONNX included.", completion: .file(extensions: ["safetensors", "onnx"]),
    transform: HomeFolder.expand)
  var model: String

  @Option(help: "onnx, pytorch or numpy.")
  var to: Target

  @Option(
    help: "The new file: .onnx, .npz, or .py, which gets its weights in a .safetensors file beside it.",
    transform: HomeFolder.expand)
  var output: String

  @Option(help: "What an ONNX network takes: values (float32, normalized) or bytes (uint8).")
  var input: ONNXWriter.Input?

  @Flag(help: "ONNX: sparse initializers for the weights that take fewer bytes so.")
  var sparse = false

  func validate() throws {
    if to != .onnx, input != nil { throw ValidationError("--input is for --to onnx") }
    if to != .onnx, sparse { throw ValidationError("--sparse is for --to onnx; the others are dense") }
    if to == .pytorch, !output.hasSuffix(".py") {
      throw ValidationError(
        "--output \(output): the Python file's name ends in .py; the weights go beside it")
    }
    for file in outputs where Self.isSame(file, model) {
      throw ValidationError("--output \(output): \(file) is the model itself; choose another file")
    }
  }

  /// The files that are written.
  private var outputs: [String] { to == .pytorch ? [output, weights] : [output] }
  /// The weights of PyTorch's network.
  private var weights: String { output.dropLast(".py".count) + ".safetensors" }

  private static func isSame(_ a: String, _ b: String) -> Bool {
    URL(fileURLWithPath: a).resolvingSymlinksInPath() == URL(fileURLWithPath: b).resolvingSymlinksInPath()
  }

  func run() throws {
    let before = try StoredModel.readAny(model)
    let normalization = try before.normalization(path: model)
    let stored = before.compressed()
    for file in outputs { AtomicFile.removeLeftovers(of: file) }
    switch to {
    case .onnx: try writeONNX(stored, normalization)
    case .pytorch:
      let writer = TorchWriter(stored, normalization: normalization)
      try writer.stateDict.write(to: weights)
      try AtomicFile.write(writer.program(weights: FileSystem.name(of: weights)), to: output)
    case .numpy: try AtomicFile.write(stored.numpyArchive(normalization: normalization).content, to: output)
    }
    try Output.print(
      "\(Format.widths(before.network.widths)) to \(Format.widths(stored.network.widths)): "
        + "\(Format.count(Double(stored.survivors))) of \(Format.count(Double(stored.network.parameterCount))) weights are not pruned"
    )
    for file in [model] + outputs {
      try Output.print(
        "\(file == model ? "read" : "wrote") \(file), \(Format.count(Double(FileSystem.size(file)))) bytes")
    }
  }

  private func writeONNX(_ stored: StoredModel, _ normalization: PixelNormalization) throws {
    func bytes(sparse: Bool) throws -> [UInt8] {
      try ONNXWriter(stored, normalization: normalization, input: input ?? .values, sparse: sparse)
        .bytes(version: WhittleVersion.current)
    }
    let both = (dense: try bytes(sparse: false), sparse: try bytes(sparse: true))
    try AtomicFile.write(sparse ? both.sparse : both.dense, to: output)
    try Output.print(
      "dense \(Format.count(Double(both.dense.count))) bytes, with sparse initializers "
        + "\(Format.count(Double(both.sparse.count)))")
  }
}

extension ONNXWriter.Input: ExpressibleByArgument {}
