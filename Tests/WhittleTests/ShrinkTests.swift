import Files
import Foundation
import StudyFiles
import TestSupport
import Testing

/// Protects a search for a smaller network: what it writes, what it goes on with, and what it refuses.
@Suite("whittle shrink")
struct ShrinkTests {
  /// Trains a small network, and returns the path of its file.
  private func model(in folder: TemporaryFolder) throws -> String {
    let outcome = try Tool.run(
      [
        "train", "--layers", "784-24-10", "--epochs", "4", "--device", "cpu", "--output", "one",
        "--set", "dataset.train=600", "--set", "dataset.test=600", "--set", "training.batch_size=50",
      ], in: folder.path)
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    return "one/runs/weight-s0-seed1/model.safetensors"
  }

  private func shrink(
    _ path: String, _ more: String..., output: String = "small", in folder: TemporaryFolder
  ) throws -> Tool.Outcome {
    try Tool.run(
      ["shrink", path, "--device", "cpu", "--max-drop", "6", "--target", "size", "--output", output] + more,
      in: folder.path)
  }

  @Test("finds a smaller network within the drop, tests it on other images, and writes what others read")
  func search() throws {
    let folder = try TemporaryFolder()
    let path = try model(in: folder)
    let outcome = try shrink(path, "--time", "5m", in: folder)
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("chosen by 300 of the 600 test images, tested on 300 others"))
    let rows = try ShrinkRow.read(folder("small/candidates.csv"))
    #expect(rows.first?.kind == "original" && rows.count > 1)
    struct Result: Decodable {
      struct Side: Decodable { var name: String }
      var best: Side
    }
    let result = try JSONDecoder().decode(Result.self, from: Data(folder.read("small/result.json")))
    let best = try #require(rows.first { $0.name == result.best.name })
    #expect(best.isWithin && best.kind != "uniform" && best.drop + best.dropError <= 0.06)
    #expect(best.diskBytes < rows[0].diskBytes)
    #expect(rows.filter { $0.isWithin && $0.kind != "uniform" }.allSatisfy { $0.diskBytes >= best.diskBytes })
    // The file is the network that was measured.
    #expect(try FileSystem.size(folder("small/best.safetensors")) == best.diskBytes)
    for model in ["small/best.safetensors", "small/best.onnx"] {
      let evaluated = try Tool.run(
        ["evaluate", model, "--dataset", "synthetic-digits", "--device", "cpu", "--test", "600"],
        in: folder.path)
      #expect(evaluated.exitCode == 0, "\(evaluated.errors)")
    }
    // The same command tells the same again, from what is kept.
    let again = try shrink(path, "--time", "5m", in: folder)
    #expect(again.exitCode == 0 && again.errors.contains("original: done before"))
    #expect(try ShrinkRow.read(folder("small/candidates.csv")).prefix(2) == rows.prefix(2))
    // So does one whose time is used up.
    let late = try shrink(path, "--time", "1s", in: folder)
    #expect(late.output.contains("\n\(best.name): "), "\(late.output)")
    #expect(try ShrinkRow.read(folder("small/candidates.csv")).count == rows.count)
    // Another search, or that of another model, does not mix with it.
    let other = try shrink(path, "--seed", "2", in: folder)
    #expect(other.exitCode == 65 && other.errors.contains("was asked for something else"))
  }

  @Test("data of one's own, floats here, is found at its path, for a network that was imported, too")
  func ownData() throws {
    let folder = try TemporaryFolder()
    for (part, count) in [("train", 200), ("test", 80)] {
      let labels = (0..<count).map { UInt8($0 % 2) }
      // The class is the sign of the first value.
      let images = labels.enumerated().flatMap { image, label in
        [label == 0 ? Float(-3) : 3] + (1...5).map { Float((image / 2 * $0) % 11) / 11 - 0.5 }
      }
      try folder.write(
        NumpyFile.header("<f4", shape: [count, 6]) + images.withUnsafeBytes { Array($0) },
        "points/\(part)_images.npy")
      try folder.write(NumpyFile.header("|u1", shape: [count]) + labels, "points/\(part)_labels.npy")
    }
    let trained = try Tool.run(
      [
        "train", "--dataset", "numpy", "--directory", "points", "--layers", "6-16-2", "--epochs", "20",
        "--batch-size", "20", "--learning-rate", "0.01", "--device", "cpu", "--output", "one", "--no-measure",
      ], in: folder.path)
    #expect(trained.exitCode == 0, "\(trained.errors)")
    let path = "one/runs/weight-s0-seed1/model.safetensors"
    #expect(
      try Tool.run(["export", path, "--to", "onnx", "--output", "m.onnx"], in: folder.path).exitCode == 0)
    let outcome = try shrink("m.onnx", "--data", "points", "--time", "3s", in: folder)
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("chosen by 40 of the 80 test images, tested on 40 others"))
    let rows = try ShrinkRow.read(folder("small/candidates.csv"))
    #expect(rows.first?.accuracy == 1)
    // The file of a model says where its data was.
    let again = try shrink(path, "--time", "1s", output: "again", in: folder)
    #expect(again.exitCode == 0 && again.output.contains("chosen by 40 of the 80"), "\(again.errors)")
    // A table is data, too, but not of this shape.
    try folder.write("a,b,label\n1,2,0\n3,4,1\n", "table.csv")
    let table = try shrink("m.onnx", "--data", "table.csv", in: folder)
    #expect(table.exitCode == 65 && table.errorLines.count == 1, "\(table.errors)")
  }

  @Test("a network whose file does not say what it was trained on needs labelled images")
  func unlabelled() throws {
    let folder = try TemporaryFolder()
    let path = try model(in: folder)
    #expect(
      try Tool.run(["export", path, "--to", "onnx", "--output", "m.onnx"], in: folder.path).exitCode == 0)
    let outcome = try shrink("m.onnx", in: folder)
    #expect(
      outcome.exitCode == 64 && outcome.errors.contains("--data names labelled images"), "\(outcome.errors)")
    let unknown = try shrink("m.onnx", "--data", "mnits", in: folder)
    #expect(unknown.exitCode == 64 && unknown.errors.contains("did you mean mnist?"))
    try folder.write(
      """
      {"name": "other", "dataset": {"name": "cifar-10", "directory": "absent"},
       "model": {"layers": [3072, 10]}, "training": {"epochs": 1}}
      """, "other.json")
    let misfit = try shrink("m.onnx", "--data", "other.json", in: folder)
    #expect(misfit.exitCode == 65 && misfit.errorLines.count == 1, "\(misfit.errors)")
    #expect(!FileSystem.exists(folder("small")))
  }

  @Test("crops and mirrors of a config are refused at once for a network that sees rows or smaller images")
  func augmentation() throws {
    let folder = try TemporaryFolder()
    let path = try model(in: folder)
    try folder.write(
      """
      {"name": "crops", "dataset": {"name": "synthetic-digits", "train": 600, "test": 600},
       "model": {"network": "lenet-5"}, "training": {"epochs": 1, "augmentation": {"crop": 2}}}
      """, "crops.json")
    let rows = try shrink(path, "--data", "crops.json", in: folder)
    #expect(rows.exitCode == 64)
    #expect(
      rows.errorLines.first?.hasPrefix(
        "Error: crops.json: its training.augmentation crops or mirrors images, and this network reads an image as a row of 784 "
      ) == true, "\(rows.errors)")
    #expect(!FileSystem.exists(folder("small")))
  }
}
