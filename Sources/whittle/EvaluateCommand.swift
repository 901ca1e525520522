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
        whittle evaluate small.safetensors --dataset photos
      """)

  @Argument(
    help: "A model file.", completion: .file(extensions: ["safetensors"]), transform: HomeFolder.expand)
  var model: String

  @Option(
    help:
      "One of those that 'whittle data list' shows, or the path of data of your own. (default: what the model was trained on)",
    transform: HomeFolder.expand)
  var dataset: String?

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
    if let dataset {
      if let set = KnownDataset(rawValue: dataset) {
        try TestData.check(directory, of: set)
      } else if !FileSystem.exists(dataset) {
        throw ValidationError(
          "--dataset \(dataset): there is no data set of this name, and nothing at this path; there are "
            + DatasetCatalog.names.joined(separator: ", "))
      } else if let directory {
        throw ValidationError(
          "--directory \(directory): --dataset names a path already; leave one of them out")
      }
    }
    if let test, test < 1 { throw ValidationError("--test \(test): take at least one image") }
  }

  func run() throws {
    let stored = try StoredModel.readAny(model)
    let origin = ModelOrigin(metadata: stored.metadata)
    let data = try TestData(
      dataset: dataset, directory: directory, origin: origin, trained: stored.trained(path: model))
    data.warnings.forEach(ErrorStream.warn)
    guard test ?? 1 <= data.images.count else {
      throw ValidationError("--test \(test ?? 1): \(data.name) has \(data.images.count) images to test on")
    }
    let backend = try BackendChoice.open(device)
    try BackendChoice.check(option: format, on: backend)
    let evaluation = try Evaluation(
      stored, path: model, on: data.images.prefix(test ?? data.images.count), classes: data.classes.count,
      normalization: stored.normalization(path: model), backend: backend, format: format)
    let report = EvaluationReport(
      evaluation: evaluation, stored: stored, path: model, diskBytes: try FileSystem.size(model),
      images: EvaluatedImages(
        dataset: data.name, directory: data.folder, classes: data.classes, count: evaluation.images,
        origin: origin,
        areThoseOfTheStudy: origin?.testedOn(data.images)), device: backend.summary)
    if let warning = report.images.warning { ErrorStream.warn("\(model): \(warning)") }
    try json ? Output.print(exactly: report.json.pretty) : Output.print(report.text, terminator: "")
  }
}
