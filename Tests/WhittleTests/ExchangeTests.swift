import Files
import Foundation
import ModelFiles
import TestSupport
import Testing

/// Protects networks on their way through `whittle import` and `whittle export`.
@Suite("whittle import and export")
struct ExchangeTests {
  /// Trains a small network, and returns the path of its file.
  private func model(in folder: TemporaryFolder) throws -> String {
    let outcome = try Tool.run(
      [
        "train", "--strategy", "neuron", "--sparsity", "0.5", "--layers", "784-16-10", "--epochs", "1",
        "--device", "cpu", "--output", "one", "--set", "dataset.train=300", "--set", "dataset.test=100",
        "--set", #"dataset.normalization={"mean": [0.25], "std": [0.5]}"#,
      ], in: folder.path)
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    return "one/runs/neuron-s0.5-seed1/model.safetensors"
  }

  private func confusion(_ model: String, in folder: TemporaryFolder) throws -> [Substring] {
    let outcome = try Tool.run(
      ["evaluate", model, "--dataset", "synthetic-digits", "--device", "cpu", "--test", "100"],
      in: folder.path)
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    return outcome.output.split(separator: "\n").drop { !$0.hasPrefix("Confusion") }.map { $0 }
  }

  @Test("out as ONNX and in again, a network predicts as before: what it is shown of a byte comes with it")
  func roundTrip() throws {
    let folder = try TemporaryFolder()
    let path = try model(in: folder)
    let export = try Tool.run(["export", path, "--to", "onnx", "--output", "m.onnx"], in: folder.path)
    #expect(export.exitCode == 0, "\(export.errors)")
    #expect(export.output.contains("784-16-10 to 784-8-10: 6,352 of 6,352 weights are not pruned"))
    #expect(export.output.contains("with sparse initializers"))
    let imported = try Tool.run(["import", "m.onnx", "--output", "again"], in: folder.path)
    #expect(imported.exitCode == 0, "\(imported.errors)")
    #expect(imported.output.contains(#"(byte / 255 - mean) / std, {"mean":[0.25],"std":[0.5]}"#))
    let before = try confusion(path, in: folder)
    #expect(try confusion("m.onnx", in: folder) == before)
    #expect(try confusion("again", in: folder) == before)
    #expect(try StoredModel.read(folder("again")).network.widths == [784, 8, 10])
  }

  @Test("PyTorch's weights are read with the network of a config, and NumPy's archive is written")
  func others() throws {
    let folder = try TemporaryFolder()
    let path = try model(in: folder)
    #expect(
      try Tool.run(["export", path, "--to", "pytorch", "--output", "m.py"], in: folder.path).exitCode == 0)
    #expect(
      try Tool.run(["export", path, "--to", "numpy", "--output", "m.npz"], in: folder.path).exitCode == 0)
    try folder.write(
      """
      {"name": "small", "dataset": {"name": "synthetic-digits"}, "model": {"layers": [784, 8, 10]},
       "training": {"epochs": 1}}
      """, "small.json")
    let imported = try Tool.run(
      [
        "import", "m.safetensors", "--config", "small.json", "--output", "again", "--mean", "0.25", "--std",
        "0.5",
      ],
      in: folder.path)
    #expect(imported.exitCode == 0, "\(imported.errors)")
    #expect(try confusion("again", in: folder) == confusion(path, in: folder))
  }

  @Test("options that contradict the file or each other are refused, and nothing is written")
  func refused() throws {
    let folder = try TemporaryFolder()
    let path = try model(in: folder)
    #expect(
      try Tool.run(["export", path, "--to", "onnx", "--output", "m.onnx"], in: folder.path).exitCode == 0)
    let cases: [(arguments: [String], code: Int32, said: String)] = [
      (["export", path, "--to", "onnx", "--output", path], 64, "is the model itself"),
      (["export", path, "--to", "pytorch", "--output", "new"], 64, "the Python file's name ends in .py"),
      (["export", path, "--to", "numpy", "--output", "new", "--sparse"], 64, "--sparse is for --to onnx"),
      (["import", "m.onnx", "--config", "absent.json", "--output", "new"], 65, "cannot read absent.json"),
      (["import", "m.onnx", "--output", "new", "--mean", "0.5"], 64, "--mean and --std go together"),
      (["import", "m.onnx", "--output", "new", "--mean", "0.5", "--std", "0"], 64, "--mean 0.5 --std 0:"),
      (["import", path, "--output", "new"], 65, "name a config with the network with --config"),
    ]
    for (arguments, code, said) in cases {
      let outcome = try Tool.run(arguments, in: folder.path)
      #expect(outcome.exitCode == code && outcome.errors.contains(said), "\(arguments): \(outcome.errors)")
      #expect(!FileSystem.exists(folder("new")))
    }
  }
}
