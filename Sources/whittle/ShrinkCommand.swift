import ArgumentParser
import Backends
import Configs
import Datasets
import Files
import Foundation
import GraphExec
import Interchange
import ModelFiles
import Reports
import Shrinking
import Studies
import StudyFiles
import Text

/// `whittle shrink`: searches the smallest network that is nearly as good as a trained one.
struct ShrinkCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "shrink",
    abstract: "Search a smaller network that is nearly as good as a trained one.",
    discussion: """
      Prunes units, then weights, of a trained network, further and further, trains what is left, and measures each network
      on this device. Those are chosen by images that nothing was trained on: the ones that the data set holds out, else half
      of its test images; the other half tests what was chosen, once. --data names the images: a config, whose data set,
      batch size, augmentation and label smoothing are taken, a data set that 'whittle data list' shows, or the path of data
      of your own; what a model of Whittle was trained on needs no name. Ctrl-C stops; the same command goes on. Examples:

        whittle shrink runs/quickstart/runs/weight-s0-seed1/model.safetensors --time 3m
        whittle shrink network.onnx --data mnist --directory data/mnist --max-drop 0.5 --target size
        whittle shrink network.onnx --data photos
      """)

  @Argument(
    help: "A trained model: a model file, or ONNX.", completion: .file(extensions: ["safetensors", "onnx"]),
    transform: HomeFolder.expand)
  var model: String

  @Option(
    help:
      "A config, a data set by its name, or the path of data of your own. (default: what the model was trained on)",
    transform: HomeFolder.expand)
  var data: String?

  @Option(
    help: "Folder of the data set's files, for a set that is named. (default: data/<name>)",
    completion: .directory,
    transform: HomeFolder.expand)
  var directory: String?

  @Option(help: "How much less of the held-out images may be right, in percentage points.")
  var maxDrop = 0.5

  @Option(help: "What is to be small: size (of the file), inference or training (time on this device).")
  var target: ShrinkTarget = .inference

  @Option(help: ArgumentHelp("How long to search, as in 90s, 10m or 1h. (default: 10m)", valueName: "time"))
  var time = SearchTime(seconds: 600)

  @Option(help: "Where to run: auto, cpu, opencl, gpu, <platform>:<device>, or part of a device's name.")
  var device = "auto"

  @Option(help: "The learning rate (of Adam) that each training begins with; it falls to 0.")
  var learningRate = 0.001

  @Option(help: "Seed of orders and draws.")
  var seed: UInt64 = 1

  @Option(help: "Folder for the results. (default: runs/shrink-<model>)", transform: HomeFolder.expand)
  var output: String?

  func validate() throws {
    guard maxDrop > 0, maxDrop < 100 else {
      throw ValidationError("--max-drop \(maxDrop): give percentage points, above 0 and below 100")
    }
    guard learningRate > 0, learningRate <= 1 else {
      throw ValidationError("--learning-rate \(learningRate): give a number above 0, to 1")
    }
    if directory != nil, data.flatMap({ KnownDataset(rawValue: $0) })?.needsDirectory != true {
      throw ValidationError("--directory is for a data set that --data names, and that is read from files")
    }
  }

  func run() throws {
    let stored = try StoredModel.readAny(model)
    let images = try ShrinkImages(data, directory: directory, of: stored, path: model)
    let backend = try BackendChoice.open(device)
    let settings = ShrinkSettings(
      maximumDrop: maxDrop / 100, target: target, seconds: time.seconds, seed: seed,
      batchSize: images.batchSize,
      learningRate: learningRate, augmentation: images.augmentation, labelSmoothing: images.labelSmoothing)
    let name = FileSystem.name(of: model).split(separator: ".").first.map(String.init) ?? "model"
    let folder = ShrinkFolder(output ?? "runs/shrink-\(name)")
    let dataset = try images.load(for: stored.network, path: model)
    dataset.warnings.forEach(ErrorStream.warn)
    let normalization = images.normalization(of: dataset)
    let parts = try ShrinkData(dataset, normalization: normalization, backend: backend, seed: seed)
    let interrupts = Interrupts()
    let search = try ShrinkSearch(
      stored, asked: asked(dataset, images, normalization), settings: settings, data: parts,
      backend: backend, folder: folder, signal: interrupts.signal
    ) { line in ErrorStream.say(line) }
    try Output.print(
      "\(Format.widths(stored.network.widths)) on \(backend.summary.name), chosen by \(parts.origin), "
        + "tested on \(parts.test.labels.count) others")
    do {
      try search.run()
    } catch {
      throw interrupts.explain(error)
    }
    try report(search, folder, normalization: normalization)
  }

  /// What a folder's search has to be about, to be gone on with.
  private func asked(_ data: Dataset, _ images: ShrinkImages, _ normalization: PixelNormalization)
    -> JSONValue
  {
    .object(
      JSONObject([
        ("dataset", .string(data.name)),
        ("dataset_sha256", .string(data.contentDigest())), ("max_drop", JSONValue(maxDrop)),
        ("target", .string(target.rawValue)), ("learning_rate", JSONValue(learningRate)),
        ("seed", JSONValue(seed)),
        ("batch_size", JSONValue(images.batchSize)), ("normalization", normalization.json),
      ]))
  }

  private func report(_ search: ShrinkSearch, _ folder: ShrinkFolder, normalization: PixelNormalization)
    throws
  {
    let finished = try search.finish()
    try Output.print("\n" + ShrinkTable(search.rows).text(width: Terminal.output.size.columns))
    if let (result, stored) = finished {
      let writer = ONNXWriter(stored, normalization: normalization)
      try AtomicFile.write(writer.bytes(version: WhittleVersion.current), to: folder.bestONNX)
      try Output.print(
        Format.lines(ShrinkSummary.line(result), width: Terminal.output.size.columns), terminator: "")
      try Output.print("wrote \(folder.best) and \(folder.bestONNX)")
    } else {
      try Output.print(
        "no smaller network was within the drop; allow more with --max-drop, or give more --time")
    }
    do {
      try PlotWriter.write(ShrinkPlots(search.rows).plots, to: URL(fileURLWithPath: folder.plots))
      try ShrinkPage(search.rows, finished?.result).write(to: folder.report)
      try Output.print("report in \(folder.report)")
    } catch let error as ReportError {
      // The networks are there; the pictures can be had without a new search.
      ErrorStream.warn("no plots and no report: \(error); the same command makes them when that is mended")
    }
  }
}

extension ShrinkTarget: ExpressibleByArgument {}
