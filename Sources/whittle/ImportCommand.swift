import ArgumentParser
import Configs
import Files
import GraphExec
import Interchange
import ModelFiles
import Reports
import Text

/// `whittle import`: makes a model file of a network that another program made.
struct ImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Take over a trained network: ONNX, or PyTorch's weights in a safetensors file.",
    discussion: """
      ONNX says the network. A safetensors file with a state_dict needs a config that names it: modules are found by the
      names of the config's layers; else by a table (--names), a JSON object of layers and modules; else those of a kind
      follow each other in the order of their names. --mean and --std are what the images were normalized with, of values
      from 0 to 1, as in PyTorch's Normalize. Examples:

        whittle import network.onnx --output network.safetensors --mean 0.1307 --std 0.3081
        whittle import weights.safetensors --config configs/lenet-5-mnist.json --output lenet.safetensors
      """)

  @Argument(
    help: "An ONNX file, or a state_dict in a safetensors file.",
    completion: .file(extensions: ["onnx", "safetensors"]), transform: HomeFolder.expand)
  var file: String

  @Option(
    help: "The new model file.", completion: .file(extensions: ["safetensors"]), transform: HomeFolder.expand)
  var output: String

  @Option(
    help: "A config whose network the weights are those of.", completion: .file(extensions: ["json"]),
    transform: HomeFolder.expand)
  var config: String?

  @Option(
    help: "A JSON object: for each layer with parameters the name of PyTorch's module.",
    completion: .file(extensions: ["json"]), transform: HomeFolder.expand)
  var names: String?

  @Option(
    help: "The mean of the images that the network was trained on, by channel: 0.1307, or 0.49,0.48,0.45.")
  var mean: String?

  @Option(help: "Their standard deviation, likewise.")
  var std: String?

  func validate() throws {
    if names != nil, config == nil {
      throw ValidationError("--names needs --config, which names the network")
    }
    if (mean == nil) != (std == nil) { throw ValidationError("--mean and --std go together; give both") }
    _ = try normalization()
  }

  func run() throws {
    let network = try config.map { try StudyConfig.load(path: $0).model.network }
    let imported = try Importer.read(file, network: network, names: names.map(Self.table))
    var metadata = imported.model.metadata
    if let normalization = try normalization() {
      metadata[StoredModel.normalizationKey] = normalization.compact
    }
    let model = imported.model.with(metadata)
    // What was said fits the network.
    _ = try model.normalization(path: file)
    AtomicFile.removeLeftovers(of: output)
    try model.file.write(to: output)
    try Output.print(Self.summary(imported, file, metadata[StoredModel.normalizationKey]))
    try Output.print("wrote \(output)")
  }

  /// The numbers of `--mean` and `--std` as a config writes them.
  private func normalization() throws -> JSONValue? {
    guard let mean, let std else { return nil }
    func numbers(_ text: String, _ option: String) throws -> JSONValue {
      .array(
        try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
          guard let number = Double(part), number.isFinite else {
            throw ValidationError("\(option) \(text): give a number for each channel, as in 0.49,0.48,0.45")
          }
          return JSONValue(number)
        })
    }
    let json = JSONValue.object(
      JSONObject([("mean", try numbers(mean, "--mean")), ("std", try numbers(std, "--std"))]))
    do {
      _ = try PixelNormalization.read(numbers: json)
    } catch {
      throw ValidationError("--mean \(mean) --std \(std): \(error.problems[0])")
    }
    return json
  }

  /// The table of names: modules by layers.
  private static func table(_ path: String) throws -> [String: String] {
    guard case .object(let object) = try JSONValue.read(path) else {
      throw FileFormatError(
        path, "expected an object of layers and modules, as in {\"conv1\": \"features.0\"}")
    }
    return try Dictionary(
      uniqueKeysWithValues: object.members.map { member in
        guard case .string(let module) = member.value else {
          throw FileFormatError(
            path, "\(Excerpt.of(member.key)): expected a module's name, got \(member.value.kind)")
        }
        return (member.key, module)
      })
  }

  private static func summary(_ imported: ImportedModel, _ path: String, _ normalization: String?) -> String {
    let (model, network) = (imported.model, imported.model.network)
    var lines = ["\(path): \(imported.source)"]
    lines.append(
      "\(network.layers.count) layers, \(Format.widths(network.widths)), for images of \(network.input), "
        + "\(network.outputs) classes")
    let weights = Format.count(Double(network.parameterCount))
    let zeros = network.parameterCount - model.survivors
    lines.append(
      "\(weights) weights"
        + (zeros > 0 ? ", \(Format.count(Double(zeros))) of them zero, which counts as pruned" : "")
        + "; \(Format.count(Double(network.macs))) multiply-adds")
    lines.append(
      "of a byte of an image it sees \(normalization.map { "(byte / 255 - mean) / std, \($0)" } ?? "byte / 255")"
    )
    return (lines + imported.notes.map { "note: \($0)" }).joined(separator: "\n")
  }
}
