import Configs
import Files
import ModelFiles
import StudyFiles
import TestSupport
import Testing

/// Protects the meaning of an accuracy: a model is tested on the data that it was trained on, or the difference is said.
@Suite("whittle evaluate and a model's origin")
struct EvaluateTests {
  /// Trains a model on a set of somebody's own in MNIST's files, and returns the path of its file.
  private func model(in folder: TemporaryFolder) throws -> String {
    try folder.writeImages("images", count: 60, seed: 3)
    let outcome = try Tool.run(
      [
        "train", "--dataset", "mnist", "--directory", "images", "--layers", "784-8-10", "--epochs", "1",
        "--sparsity", "0.5", "--device", "cpu", "--output", "one", "--set", "dataset.test=20",
      ], in: folder.path)
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    return "one/runs/weight-s0.5-seed1/model.safetensors"
  }

  private func evaluate(_ arguments: String..., in folder: TemporaryFolder) throws -> Tool.Outcome {
    let outcome = try Tool.run(["evaluate"] + arguments + ["--device", "cpu"], in: folder.path)
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    return outcome
  }

  @Test("model files say what they were trained on, compressed ones too")
  func metadata() throws {
    let folder = try TemporaryFolder()
    let path = try model(in: folder)
    #expect(try Tool.run(["compress", path, "--output", "small"], in: folder.path).exitCode == 0)
    let initial = path.replacing("model.", with: "initial.")
    for file in [path, initial, "small"] {
      let metadata = try SafetensorsFile.read(folder(file)).metadata
      #expect(metadata["dataset"] == "mnist")
      #expect(metadata["layers"] == "[784,8,10]")
      let origin = try #require(ModelOrigin(metadata: metadata))
      #expect(origin.datasetDigest.count == 64 && origin.testImages == 20)
      #expect(origin.directory == "images")
      let config = try StudyConfig(json: origin.config, source: "metadata")
      #expect(config.runs.map(\.description) == ["weight-s0.5-seed1"])
    }
  }

  @Test("the data set of the training is the one that is tested on, and it is said to be the same")
  func followed() throws {
    let folder = try TemporaryFolder()
    let path = try model(in: folder)
    let outcome = try evaluate(path, in: folder)
    #expect(outcome.errors.isEmpty)
    #expect(outcome.output.contains("of 60 mnist images)"))
    #expect(outcome.output.contains("mnist in images, the 20 test images of its study and 40 more"))
    let few = try evaluate(path, "--test", "5", in: folder)
    #expect(few.errors.isEmpty)
    #expect(few.output.contains("mnist in images, the first 5 of its study's 20 test images"))
    let same = try evaluate(path, "--test", "20", in: folder)
    #expect(same.output.contains("mnist in images, the same test images as in its study"))
  }

  @Test("programs are told that the test images are the study's where they are all of them, and no others")
  func followedByPrograms() throws {
    let folder = try TemporaryFolder()
    let path = try model(in: folder)
    for (count, isSame) in [(5, false), (20, true), (60, false)] {
      let json = try evaluate(path, "--test", "\(count)", "--json", in: folder).output
      #expect(json.contains(#""same_test_images": \#(isSame)"#), "\(count)")
      #expect(json.contains(#""trained_on": "mnist""#) && json.contains(#""images": \#(count)"#))
    }
  }

  @Test("a form that the CPU backend does not have is refused by the option's name")
  func format() throws {
    let folder = try TemporaryFolder()
    let path = try model(in: folder)
    let outcome = try Tool.run(
      ["evaluate", path, "--device", "cpu", "--format", "sparse"], in: folder.path)
    #expect(outcome.exitCode == 64 && outcome.output.isEmpty)
    #expect(
      outcome.errors.hasPrefix(#"whittle: --format sparse: "sparse" needs an OpenCL device"#),
      "\(outcome.errors)")
  }

  @Test("other images in the folder, or another data set, are told of")
  func otherImages() throws {
    let folder = try TemporaryFolder()
    let path = try model(in: folder)
    try folder.writeImages("images", count: 60, seed: 5)
    let changed = try evaluate(path, in: folder)
    #expect(
      changed.errors.contains("warning: \(path): these are not the images of mnist that its study tested on"))
    #expect(changed.output.contains("mnist in images, not the test images of its study"))
    let other = try evaluate(path, "--dataset", "synthetic-digits", "--test", "10", in: folder)
    #expect(other.errors.contains("it was trained on mnist, and is tested on synthetic-digits"))
  }

  @Test("a file that does not say what it was trained on is evaluated, and it is said to be unknown")
  func unknown() throws {
    let folder = try TemporaryFolder()
    let path = try model(in: folder)
    var file = try SafetensorsFile.read(folder(path))
    file.metadata = [:]
    try file.write(to: folder("bare"))
    let outcome = try evaluate("bare", "--test", "10", in: folder)
    #expect(outcome.output.contains("unknown: the file does not say"))
    #expect(outcome.output.contains("synthetic-digits, which may be another set; --dataset names it"))
    let json = try evaluate("bare", "--test", "10", "--json", in: folder).output
    #expect(json.contains(#""trained_on": null"#) && json.contains(#""same_test_images": null"#))
  }

  @Test("more test images than there are is 64")
  func tooMany() throws {
    let folder = try TemporaryFolder()
    let path = try model(in: folder)
    let outcome = try Tool.run(["evaluate", path, "--test", "61"], in: folder.path)
    #expect(outcome.exitCode == 64)
    #expect(outcome.errors.contains("--test 61: mnist has 60 images to test on"))
  }
}
