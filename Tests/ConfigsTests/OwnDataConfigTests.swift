import Configs
import Datasets
import Files
import TestSupport
import Testing
import Text

/// Protects what a config says of data of one's own, and what its author is told when that is wrong.
@Suite("Data of one's own in a config")
struct OwnDataConfigTests {
  private let folder: TemporaryFolder

  /// Four images of three classes.
  init() throws {
    folder = try TemporaryFolder()
    try folder.write(
      NumpyFile.header("|u1", shape: [4, 2, 3]) + [UInt8](repeating: 9, count: 24), "train_images.npy")
    try folder.write(NumpyFile.header("|u1", shape: [4]) + [5, 6, 7, 5], "train_labels.npy")
  }

  private func study(_ dataset: String, layers: String = "[6, 4, 3]") throws -> StudyConfig {
    let text =
      #"{"name": "n", "dataset": {\#(dataset)}, "model": {"layers": \#(layers)}, "training": {"epochs": 1}}"#
    return try StudyConfig(json: JSONParser.parse(text), source: "c.json")
  }

  private func problem(_ dataset: String, layers: String = "[6, 4, 3]") -> String {
    message { try study(dataset, layers: layers) }.replacing(folder.path, with: "DIR")
  }

  @Test("shape and classes are found in the files, written out, and then taken from the config alone")
  func found() throws {
    let config = try study(#""name": "numpy", "directory": "\#(folder.path)", "test_fraction": 0.25"#)
    #expect(config.dataset.name.classNames == ["5", "6", "7"])
    #expect(config.dataset.name.shape == ImageShape(height: 2, width: 3))
    try FileSystem.remove(folder("train_images.npy"))
    #expect(try StudyConfig(json: JSONParser.parse(config.json.pretty), source: "c.json") == config)
  }

  @Test("a network is held against what the files hold")
  func misfit() {
    let data = #""name": "numpy", "directory": "\#(folder.path)""#
    #expect(
      problem(data, layers: "[7, 3]").hasPrefix(
        "c.json: model.layers[0]: 7 does not fit numpy, whose images have 2x3 = 6"))
    #expect(problem(data, layers: "[6, 2]").contains("2 does not fit numpy, which has 3 classes"))
  }

  @Test(
    "what cannot be read is said with its key, and keys of one's own data mean nothing beside a known set")
  func refused() {
    #expect(
      problem(#""name": "numpy""#)
        == "c.json: dataset.directory: missing; name the folder of the data, or its files as train_images and train_labels"
    )
    #expect(
      problem(#""name": "numpy", "directory": "\#(folder.path)/none""#).hasPrefix(
        "c.json: dataset.directory: cannot read "))
    #expect(
      problem(#""name": "mnist", "shape": [1, 2, 3]"#, layers: "[784, 10]").hasPrefix(
        "c.json: dataset.shape: it is for data of your own, and mnist is a set that is known; "))
    #expect(
      problem(#""name": "idx", "directory": "\#(folder.path)", "label": "x""#).contains(
        "dataset.label: only a table has a column of labels, and idx is none"))
    #expect(
      problem(#""name": "numpy", "directory": "d", "test_fraction": 1"#).contains(
        "dataset.test_fraction: 1 is out of range"))
    #expect(
      problem(#""name": "numpy", "directory": "\#(folder.path)", "shape": [5]"#).contains(
        "DIR/train_images.npy: its images have 2x3 = 6 values, not 5 = 5"))
  }
}
