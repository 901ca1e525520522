import ArgumentParser
import Backends
import Configs
import Datasets
import Files
import GraphExec
import ModelEvaluation
import ModelFiles
import Reports
import Text

/// `whittle predict`: the classes of images that nobody has labelled.
struct PredictCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Predict the classes of images, with their probabilities.",
    discussion: """
      Takes PNG and JPEG images, which are scaled to the model's size, NumPy arrays (.npy, .npz) and tables of numbers (CSV), \
      and shows the model what it was shown in training. Without a file, or for -, it reads standard input. Examples:

        whittle predict small.safetensors photo.png scan.jpg
        whittle predict small.safetensors images.npy --json
        curl -s https://example.org/digit.png | whittle predict small.safetensors
      """)

  @Argument(
    help: "A model file.", completion: .file(extensions: ["safetensors"]), transform: HomeFolder.expand)
  var model: String

  @Argument(help: "The files of images; - for standard input.", transform: HomeFolder.expand)
  var files: [String] = ["-"]

  @Option(help: "Where to run: auto, cpu, opencl, gpu, <platform>:<device>, or part of a device's name.")
  var device = "auto"

  @Option(help: "How many classes to show of each image, the most probable first.")
  var top = 3

  @Flag(help: "Print a line of JSON for each image, with the probabilities of all classes.")
  var json = false

  @Flag(help: "Leave out files that cannot be read, and name them; else the first ends the command.")
  var skipUnreadable = false

  func validate() throws {
    if top < 1 { throw ValidationError("--top \(top): show at least one class") }
    if files.count(where: { $0 == "-" }) > 1 {
      throw ValidationError("standard input (-) is named twice, and can be read once")
    }
  }

  func run() throws {
    let stored = try StoredModel.read(model)
    let input = try ModelInput(stored, path: model)
    if input.isGuessed {
      ErrorStream.warn(
        "\(model): it does not say what it was trained on; images are shown to it as bytes / 255")
    }
    let predictor = Predictor(stored, path: model, backend: try BackendChoice.open(device))
    var output = PredictionOutput(classes: input.classes, top: top, isJSON: json)
    var waiting: (names: [(file: String, image: Int?)], values: [Float]) = ([], [])
    func predict() throws {
      for (name, prediction) in zip(waiting.names, try predictor.predict(waiting.values)) {
        try output.add(prediction, file: name.file, image: name.image)
      }
      waiting = ([], [])
    }
    var skipped: [String] = []
    for file in files {
      let name = file == "-" ? "standard input" : file
      let values: [Float]
      do {
        let bytes = try FileSystem.read(file == "-" ? "/dev/stdin" : file)
        values = try input.seen(
          UnlabelledImages(bytes, path: name, shape: input.shape, ignoring: input.label), source: name)
      } catch
        where skipUnreadable && (error is DatasetError || error is FileFormatError || error is FileError)
      {
        ErrorStream.warn("left out: \(error)")
        skipped.append(name)
        continue
      }
      let count = values.count / input.shape.values
      waiting.names += (0..<count).map { (name, count == 1 ? nil : $0) }
      waiting.values += values
      if waiting.names.count >= Evaluation.batchSize { try predict() }
    }
    try predict()
    try output.finish()
    if !skipped.isEmpty {
      ErrorStream.warn("\(skipped.count) of \(files.count) files left out, which cannot be read")
    }
  }
}

/// Prints predictions: JSON as they come, a table at the end, as wide as its texts.
private struct PredictionOutput {
  let classes: [String]
  let top: Int
  let isJSON: Bool
  private var table: TextTable

  init(classes: [String], top: Int, isJSON: Bool) {
    (self.classes, self.top, self.isJSON) = (classes, min(top, classes.count), isJSON)
    let others = (1..<max(self.top, 1)).flatMap { _ in ["next", "prob."] }
    table = TextTable(
      ["file", "class", "prob."] + others,
      alignments: [.leading]
        + (0..<max(self.top, 1)).flatMap { _ in [TextTable.Alignment.leading, .trailing] })
  }

  mutating func add(_ prediction: Prediction, file: String, image: Int?) throws {
    guard isJSON else {
      table.append(
        [image.map { "\(file)[\($0)]" } ?? file]
          + prediction.ranking.prefix(top).flatMap {
            [classes[$0], Format.accuracy(prediction.probabilities[$0])]
          })
      return
    }
    let probabilities = zip(classes, prediction.probabilities).map { ($0, JSONValue?.some(JSONValue($1))) }
    let line = JSONObject([
      ("file", .string(file)),
      ("image", image.map { JSONValue($0) }),
      ("class", .string(classes[prediction.best])),
      ("class_number", JSONValue(prediction.best)),
      ("probability", JSONValue(prediction.probabilities[prediction.best])),
      ("probabilities", .object(JSONObject(probabilities))),
    ])
    try Output.print(exactly: JSONValue.object(line).compact + "\n")
  }

  func finish() throws {
    if !isJSON { try Output.print(table.text, terminator: "") }
  }
}
