import Files
import Foundation
import TestSupport
import Testing

/// Protects models on their way through `whittle compress` and `whittle evaluate`, and people from other files.
@Suite("whittle compress and evaluate")
struct CompressTests {
  /// Trains a model, neuron-pruned unless told otherwise, and returns the path of its file.
  private func model(in folder: TemporaryFolder, strategy: String = "neuron") throws -> String {
    let outcome = try Tool.run(
      [
        "train", "--strategy", strategy, "--sparsity", "0.75", "--layers", "784-32-16-10", "--epochs", "2",
        "--device", "cpu", "--output", "one", "--set", "dataset.train=500", "--set", "dataset.test=100",
      ], in: folder.path)
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    return "one/runs/\(strategy)-s0.75-seed1/model.safetensors"
  }

  private struct Evaluated: Decodable {
    var form: String
    var layers: [Int]
    var run_layers: [Int]
    var correct: Int
    var confusion: [[Int]]
    var disk_bytes: Int
  }

  private func evaluate(_ model: String, in folder: TemporaryFolder) throws -> Evaluated {
    let outcome = try Tool.run(
      ["evaluate", model, "--device", "cpu", "--test", "200", "--json"], in: folder.path)
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    return try JSONDecoder().decode(Evaluated.self, from: Data(outcome.output.utf8))
  }

  @Test("a trained model is compressed, and predicts as before", arguments: ["weight", "neuron"])
  func trained(strategy: String) throws {
    let folder = try TemporaryFolder()
    let path = try model(in: folder, strategy: strategy)
    let outcome = try Tool.run(["compress", path, "--output", "small"], in: folder.path)
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("wrote small\n"))
    let (before, after) = (try evaluate(path, in: folder), try evaluate("small", in: folder))
    #expect(before.form == "masked")
    #expect(after.form == (strategy == "weight" ? "sparse" : "compacted"))
    #expect(after.layers == [784, 32, 16, 10])
    #expect(after.run_layers == (strategy == "weight" ? after.layers : [784, 8, 4, 10]))
    #expect(after.confusion == before.confusion && after.correct == before.correct)
    #expect(after.disk_bytes < before.disk_bytes)
  }

  @Test("each weight has a row, by its name and in its extents, and the other parameters have one")
  func convolutional() throws {
    let folder = try TemporaryFolder()
    let layers = """
      [{"name": "first", "operation": "conv2d", "outputs": 4, "kernel": 3, "stride": 2, "bias": true},
       {"operation": "batch_norm"}, {"operation": "relu"}, {"operation": "flatten"},
       {"name": "last", "operation": "linear", "outputs": 10, "bias": true}]
      """
    let config = try folder.config(epochs: 1, layers: layers, sparsities: "[0.75]")
    #expect(try Tool.run(["run", config, "--no-measure"], in: folder.path).exitCode == 0)
    let path = "out/runs/weight-s0.75-seed1/model.safetensors"
    let outcome = try Tool.run(["compress", path, "--output", "small"], in: folder.path)
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    let rows = outcome.output.split(separator: "\n").map {
      $0.split(separator: "  ").map { $0.trimmingPrefix(" ") }
    }
    #expect(
      rows.prefix { $0.first != "bytes" }.dropFirst(2).map { $0.prefix(6).joined(separator: ", ") } == [
        "first.weight, 1 x 3 x 3 x 4, dense, 1 x 3 x 3 x 4, sparse, 9",
        "last.weight, 676 x 10, dense, 676 x 10, dense, 6,760", "all others, 30, dense, 30, dense, 30",
      ])
    #expect(try evaluate("small", in: folder).confusion == evaluate(path, in: folder).confusion)
  }

  @Test("a file that is damaged, or made to harm, is 65 with a line, and nothing is written")
  func malformed() throws {
    let folder = try TemporaryFolder()
    let path = try model(in: folder, strategy: "weight")
    #expect(try Tool.run(["compress", path, "--output", "small"], in: folder.path).exitCode == 0)
    let good = try SafetensorsFile.read(folder("small"))
    let matrix = "layers.0.weight"
    let indices: [Int32] = try good.values(matrix + ".indices")
    func damaged(_ change: (inout SafetensorsFile) -> Void) throws -> [UInt8] {
      var file = good
      change(&file)
      try file.write(to: folder("bad"))
      return try FileSystem.read(folder("bad"))
    }
    let whole = try FileSystem.read(folder("small"))
    let files: [(bytes: [UInt8], said: String)] = [
      (Array(whole.dropLast(100)), "not a valid safetensors file"),
      (Array("{}".utf8), "2 bytes are too few"),
      (
        try damaged { $0.tensors[matrix + ".indices"] = StoredTensor(indices.dropLast() + [99]) },
        "column 99 of 32"
      ),
      (try damaged { $0.tensors[matrix + ".indices"] = StoredTensor(indices.reversed()) }, "not ascending"),
      (try damaged { $0.tensors[matrix + ".indices"] = StoredTensor(indices + [1]) }, "indptr ends at"),
      (
        try damaged { $0.tensors[matrix + ".values"] = StoredTensor([Float](repeating: 1, count: 3)) },
        "for 3 values"
      ),
      (try damaged { $0.metadata[matrix + ".shape"] = "[9223372036854775807,9]" }, "each 1 to 65536"),
    ]
    for (bytes, said) in files {
      try AtomicFile.write(bytes, to: folder("bad"))
      for arguments in [["compress", "bad", "--output", "new"], ["evaluate", "bad", "--device", "cpu"]] {
        let outcome = try Tool.run(arguments, in: folder.path)
        #expect(outcome.exitCode == 65 && !outcome.wasKilled)
        #expect(outcome.errorLines.count == 1)
        #expect(
          outcome.errors.hasPrefix("whittle: bad: ") && outcome.errors.contains(said), "\(outcome.errors)")
        #expect(outcome.output.isEmpty)
        #expect(!FileSystem.exists(folder("new")))
      }
    }
  }

  @Test("the model itself is not taken for the new file, under another name neither")
  func sameFile() throws {
    let folder = try TemporaryFolder()
    try AtomicFile.write("a model", to: folder("m"))
    try FileManager.default.createSymbolicLink(atPath: folder("link"), withDestinationPath: "m")
    for (model, output) in [("m", "m"), ("m", "./m"), ("m", folder("m")), ("link", "m"), ("m", "link")] {
      let outcome = try Tool.run(["compress", model, "--output", output], in: folder.path)
      #expect(outcome.exitCode == 64)
      #expect(outcome.errors.contains("--output \(output) is the model itself; choose another file"))
    }
    #expect(try FileSystem.read(folder("m")) == Array("a model".utf8))
  }

  @Test("a folder of images without the name of their data set is 64, not another data set")
  func directoryAlone() throws {
    let folder = try TemporaryFolder()
    let model = try model(in: folder)
    let outcome = try Tool.run(["evaluate", model, "--directory", "data/mnist"], in: folder.path)
    #expect(outcome.exitCode == 64)
    #expect(outcome.errors.contains("--directory data/mnist: the synthetic-digits are built in"))
  }
}
