import Files
import ModelFiles
import TestSupport
import Testing
import Text

/// Protects the way of somebody's own pictures and numbers through every command: checked, converted, trained on, tested and
/// predicted, under the names of their classes.
@Suite("whittle on data of one's own")
struct OwnDataTests {
  private let folder: TemporaryFolder

  /// Bright and dark pictures of 4x4 pixels, some of the top and some of the bottom half.
  init() throws {
    folder = try TemporaryFolder()
    for (part, count) in [("train", 12), ("test", 4)] {
      for image in 0..<count {
        for (name, first) in [("top", true), ("bottom", false)] {
          let pixels = (0..<16).map { pixel -> UInt8 in
            (pixel < 8) == first ? UInt8(200 + image * 3 + (part == "test" ? 1 : 0)) : UInt8(image * 2)
          }
          try folder.write(
            PNGFixture.png(pixels, width: 4, height: 4), "photos/\(part)/\(name)/\(image).png")
        }
      }
    }
  }

  private func whittle(_ arguments: String...) throws -> Tool.Outcome {
    let outcome = try Tool.run(arguments, in: folder.path)
    #expect(outcome.exitCode == 0, "\(arguments): \(outcome.errors)")
    return outcome
  }

  /// Trains a small network, and returns the path of its file.
  private func model(_ format: String, _ directory: String, _ layers: String, _ more: String...) throws
    -> String
  {
    let outcome = try Tool.run(
      [
        "train", "--dataset", format, "--directory", directory, "--layers", layers, "--epochs", "30",
        "--batch-size", "8",
        "--learning-rate", "0.02", "--device", "cpu", "--output", "one", "--force", "--no-measure", "--set",
        "dataset.normalization=measured",
      ] + more, in: folder.path)
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    return "one/runs/weight-s0-seed1/model.safetensors"
  }

  @Test("pictures are trained on, and a model keeps what it takes to predict others")
  func pictures() throws {
    let path = try model("images", "photos", "16-8-2")
    let evaluated = try whittle("evaluate", path, "--device", "cpu")
    #expect(evaluated.output.contains("100.00% (8 of 8 images)"))
    #expect(evaluated.output.contains("images in photos, the same test images as in its study"))
    #expect(evaluated.output.contains("bottom  top"))
    // Nothing but the model's file is needed.
    try FileSystem.move(folder("photos"), to: folder("elsewhere"))
    let picture = "elsewhere/test/top/1.png"
    let lines = try whittle(
      "predict", path, picture, "elsewhere/test/bottom/2.png", "--json", "--device", "cpu"
    )
    .output.split(separator: "\n").map { try JSONParser.parse(String($0)) }
    #expect(lines.map { $0["class"] } == [.string("top"), .string("bottom")])
    #expect(lines.map { $0["file"] } == [.string(picture), .string("elsewhere/test/bottom/2.png")])
    let table = try whittle("predict", path, picture, "--device", "cpu").output
    #expect(table.contains("\(picture)  top"))
    // The same picture as bytes of standard input, as an array, and as a table of numbers from 0 to 255.
    let piped = try Tool.run(
      ["-c", "\(Tool.path) predict \(path) --json --device cpu < \(picture)"], in: folder.path,
      executable: "/bin/sh")
    let pixels = (0..<16).map { UInt8($0 < 8 ? 204 : 2) }
    try folder.write(NumpyFile.header("|u1", shape: [1, 4, 4]) + pixels, "one.npy")
    try folder.write(pixels.map(String.init).joined(separator: ",") + "\n", "one.csv")
    let expected = lines[0]["probability"]
    for output in [
      piped.output, try whittle("predict", path, "one.npy", "--json", "--device", "cpu").output,
      try whittle("predict", path, "one.csv", "--json", "--device", "cpu").output,
    ] {
      #expect(try JSONParser.parse(output)["probability"] == expected, "\(output)")
    }
    let other = try Tool.run(
      ["evaluate", path, "--device", "cpu", "--dataset", "elsewhere/test"], in: folder.path)
    #expect(other.output.contains("(8 of 8 images)"), "\(other.errors)")
  }

  @Test("a table of floats is trained on and predicted with the measured mean of each column")
  func table() throws {
    let rows = (0..<40).map { row in
      row % 2 == 0 ? "\(1000 + row),0.5,left" : "\(3000 + row),0.25,right"
    }
    try folder.write((["width,depth,side"] + rows).joined(separator: "\n") + "\n", "table.csv")
    let path = try model(
      "csv", "table.csv", "2-4-2", "--set", "dataset.test_fraction=0.25", "--set", "dataset.label=side")
    let evaluated = try whittle("evaluate", path, "--device", "cpu").output
    #expect(evaluated.contains("100.00% (10 of 10 images)"))
    let origin = try #require(ModelOrigin(metadata: SafetensorsFile.read(folder(path)).metadata))
    #expect(origin.areFloats)
    try folder.write("side,width,depth\nunknown,1010,0.5\nunknown,2999,0.25\n", "new.csv")
    try folder.write("1010;0.5\n2999;0.25\n", "bare.csv")
    for name in ["new.csv", "bare.csv"] {
      let lines = try whittle("predict", path, name, "--json", "--device", "cpu").output.split(
        separator: "\n")
      #expect(
        try lines.map { try JSONParser.parse(String($0))["class"] } == [.string("left"), .string("right")])
    }
    let picture = try Tool.run(
      ["predict", path, "photos/test/top/1.png", "--device", "cpu"], in: folder.path)
    #expect(
      picture.exitCode == 65
        && picture.errors.contains("it is a PNG image, but the model takes rows of 2 features"))
  }

  @Test("data is described, and written as NumPy arrays that are described alike")
  func checkedAndConverted() throws {
    try FileSystem.createFolder(folder("photos/train/top"))
    let twice = try folder.read("photos/train/top/0.png")
    try folder.write(twice, "photos/test/bottom/wrong.png")
    let checked = try whittle("data", "check", "photos").output
    #expect(checked.contains("24 images in photos/train") && checked.contains("9 images in photos/test"))
    #expect(checked.contains("1 test images are trained on, too, 1 of them with another label"))
    _ = try whittle("data", "convert", "photos", "--output", "arrays")
    #expect(try folder.read("arrays/classes.txt") == Array("bottom\ntop\n".utf8))
    let again = try whittle("data", "check", "arrays").output
    func tail(_ text: String) -> [Substring] { text.split(separator: "\n").suffix(4) }
    #expect(tail(again) == tail(checked))
    try folder.write("no picture", "photos/train/top/bad.png")
    let refused = try Tool.run(["data", "check", "photos"], in: folder.path)
    #expect(
      refused.exitCode == 65
        && refused.errors.contains("photos/train/top/bad.png: it is no PNG or JPEG image, but text"))
    let skipped = try whittle("data", "check", "photos", "--skip-unreadable")
    #expect(
      skipped.errors.contains("1 train image is left out")
        && skipped.output.contains("24 images in photos/train"))
  }

  @Test("what no model can predict is refused in one line, or left out and named")
  func refused() throws {
    let path = try model("images", "photos", "16-8-2")
    try folder.write([0x80, 4, 0x95, 0], "weights.pkl")
    try folder.write(
      NumpyFile.header("<f4", shape: [1, 16]) + [UInt8](repeating: 0x41, count: 64), "large.npy")
    for (file, problem) in [
      ("weights.pkl", "weights.pkl: it is a Python pickle, which can run any program and is never loaded; "),
      (
        "large.npy",
        "large.npy: its values are from 12.078431 to 12.078431, but the model was trained on bytes; "
      ),
      ("absent.png", "cannot read absent.png: no such file or directory"),
    ] {
      let outcome = try Tool.run(["predict", path, file, "--device", "cpu"], in: folder.path)
      #expect(outcome.exitCode == 65 && outcome.errors.hasPrefix("whittle: \(problem)"), "\(outcome.errors)")
      #expect(outcome.errors.split(separator: "\n").count == 1)
    }
    let rest = try whittle(
      "predict", path, "weights.pkl", "photos/test/top/0.png", "--skip-unreadable", "--json", "--device",
      "cpu")
    #expect(rest.output.split(separator: "\n").count == 1)
    #expect(rest.errors.contains("1 of 2 files left out, which cannot be read"))
  }
}

extension JSONValue {
  fileprivate subscript(key: String) -> JSONValue? {
    if case .object(let object) = self { object[key] } else { nil }
  }
}
