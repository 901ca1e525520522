import ArgumentParser
import Backends
import Configs
import Datasets
import Files
import GraphExec
import Interchange
import ModelEvaluation
import ModelFiles

/// `whittle evaluate`: what a model predicts, how fast, and in how many bytes.
struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Test a model: accuracy, confusion matrix, latency and bytes.",
    discussion: """
      Takes a run's model.safetensors, what 'whittle compress' made of it, and ONNX files. Either runs without its dead units, each
      layer over its surviving weights where that is faster; --format dense runs the whole network with its zeros.
      The images are those of the data set that the file says it was trained on, unless --dataset names another.
      Examples:

        whittle evaluate runs/quickstart/runs/weight-s0.9-seed1/model.safetensors
        whittle evaluate small.safetensors --dataset mnist --directory data/mnist --device gpu
      """)

  @Argument(
    help: "A model file.", completion: .file(extensions: ["safetensors"]), transform: HomeFolder.expand)
  var model: String

  @Option(help: "One of those that 'whittle data list' shows. (default: what the model was trained on)")
  var dataset: KnownDataset?

  @Option(
    help: "Folder of the data set's files. (default: the one of the training, else data/<dataset>)",
    completion: .directory, transform: HomeFolder.expand)
  var directory: String?

  @Option(help: "Where to run: auto, cpu, opencl, gpu, <platform>:<device>, or part of a device's name.")
  var device = "auto"

  @Option(help: "Test images to take. (default: all)")
  var test: Int?

  @Option(help: "auto, dense (with all zeros) or sparse.")
  var format: ExecutionConfig.Format = .auto

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    if let dataset { try check(directory, of: dataset) }
    if let test, test < 1 { throw ValidationError("--test \(test): take at least one image") }
  }

  func run() throws {
    let stored = try StoredModel.readAny(model)
    let origin = ModelOrigin(metadata: stored.metadata)
    let set = dataset ?? origin.flatMap { KnownDataset(rawValue: $0.dataset) } ?? .syntheticDigits
    try check(directory, of: set)
    let folder = set.needsDirectory ? directory ?? folder(of: set, origin) : nil
    // No training image is needed; one is the least that can be asked for.
    let data = try DatasetCatalog.load(DatasetRequest(name: set.name, directory: folder, train: 1))
    guard test ?? 1 <= data.test.count else {
      throw ValidationError("--test \(test ?? 1): \(set.name) has \(data.test.count) images to test on")
    }
    let backend = try BackendChoice.open(device)
    try BackendChoice.check(option: format, on: backend)
    let evaluation = try Evaluation(
      stored, path: model, on: data.test.prefix(test ?? data.test.count), classes: data.classes,
      normalization: stored.normalization(path: model), backend: backend, format: format)
    let report = EvaluationReport(
      evaluation: evaluation, stored: stored, path: model, diskBytes: try FileSystem.size(model),
      images: EvaluatedImages(
        dataset: set.name, directory: folder, count: evaluation.images, origin: origin,
        areThoseOfTheStudy: origin?.testedOn(data.test)), device: backend.summary)
    if let warning = report.images.warning { ErrorStream.warn("\(model): \(warning)") }
    try json ? Output.print(exactly: report.json.pretty) : Output.print(report.text, terminator: "")
  }

  /// A folder is for sets that are read from files.
  private func check(_ directory: String?, of set: KnownDataset) throws {
    guard let directory, !set.needsDirectory else { return }
    throw ValidationError(
      "--directory \(directory): the \(set.name) are built in; name the data set with --dataset")
  }

  /// Where the images of the training were, if they still are, else where a config would look for the set.
  private func folder(of set: KnownDataset, _ origin: ModelOrigin?) -> String {
    let usual = "data/\(set.name)"
    guard let origin, origin.dataset == set.name, let known = origin.directory else { return usual }
    return FileSystem.exists(known) ? known : usual
  }
}

extension KnownDataset: ExpressibleByArgument {}
