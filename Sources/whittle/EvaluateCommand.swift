import ArgumentParser
import Datasets
import Experiments

/// `whittle evaluate`: what a model answers, how fast, and in how many bytes.
struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Test a model: accuracy, confusion matrix, latency and bytes.",
    discussion: """
      Takes a run's model.safetensors and what 'whittle compress' made of it. Either runs without its dead units, each
      layer over its surviving weights where that is faster; --format dense runs the whole network with its zeros.
      Examples:

        whittle evaluate runs/quickstart/runs/weight-s0.9-seed1/model.safetensors
        whittle evaluate small.safetensors --dataset mnist --directory data/mnist --device gpu
      """)

  @Argument(help: "A model file.", completion: .file(extensions: ["safetensors"]))
  var model: String

  @Option(help: "synthetic-digits, mnist or fashion-mnist.")
  var dataset: DatasetConfig.Name = .syntheticDigits

  @Option(help: "Folder of the data set's files. (default: data/<dataset>)", completion: .directory)
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
    if let directory, !dataset.needsDirectory {
      throw ValidationError(
        "--directory \(directory): the \(dataset.rawValue) are built in; name the data set with --dataset")
    }
    if let test, test < 1 { throw ValidationError("--test \(test): take at least one image") }
  }

  func run() throws {
    let stored = try StoredModel.read(model)
    let folder = dataset.needsDirectory ? directory ?? "data/\(dataset.rawValue)" : nil
    // No training image is needed; one is the least that can be asked for.
    let data = try DatasetCatalog.load(
      DatasetRequest(name: dataset.rawValue, directory: folder, train: 1, test: test))
    let backend = try BackendChoice.open(device)
    let evaluation = try Evaluation(
      stored, path: model, on: data.test, classes: data.classes, backend: backend, format: format)
    let report = EvaluationReport(
      evaluation: evaluation, stored: stored, path: model, diskBytes: try FileSystem.size(model),
      dataset: dataset.rawValue, device: backend.summary)
    try json ? Output.print(exactly: report.json.pretty) : Output.print(report.text, terminator: "")
  }
}

extension DatasetConfig.Name: ExpressibleByArgument {}
