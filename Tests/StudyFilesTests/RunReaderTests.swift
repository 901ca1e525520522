import Files
import Foundation
import StudyFiles
import TensorBoard
import TestSupport
import Testing

/// Protects that a run's files are what other programs take them for.
@Suite("A run in Python")
struct RunReaderTests {
  private struct Seen: Decodable {
    struct Values: Decodable, Equatable {
      var dtype: String
      var shape: [Int]?
      var values: [Double]
    }
    struct Buckets: Decodable {
      var step: Int
      var min: Double
      var max: Double
      var num: Double
      var sum: Double
      var counts: [Double]
    }
    var arrays: [String: Values]
    var tensors: [String: [String: Values]]
    var metadata: [String: [String: String]?]
    var scalars: [String: [[Double]]]
    var histograms: [String: [Buckets]]
    var wall_times: [Double]
  }

  @Test(
    "TensorBoard, NumPy and the safetensors package read what was written",
    .needs(.python("tensorboard", "numpy", "safetensors")))
  func python() throws {
    let folder = try TemporaryFolder()
    let run = StudyFolder(folder.path).run(RunName(strategy: .weight, sparsity: 0, seed: 1))
    try FileSystem.createFolder(run.path)
    let writer = try TensorBoardWriter(creating: run.events, now: { 1.7e9 })
    for step in 1...3 {
      try writer.write(
        step: step, scalars: [("loss/train", 1 / Double(step)), ("accuracy/test", 0.5)],
        histograms: [("weights/0", Histogram([Float(step), 0, -1, 2, .nan]))])
    }
    try NumpyFile.write([0.25, 0.1], to: run.trainAccuracy)
    try NumpyFile.write([Float(0.5)], to: run.testAccuracy)
    let tensors = [
      "layers.0.weight": StoredTensor([Float](arrayLiteral: 1, 2, 3, 4, 5, 6), shape: [2, 3]),
      "u": StoredTensor([UInt8(200)]), "i": StoredTensor([Int32(-5)]), "l": StoredTensor([Int64(1) << 40]),
    ]
    try SafetensorsFile(metadata: ["a": "b"], tensors: tensors).write(to: run.model)
    try run.checkpoint.save(SafetensorsFile(tensors: tensors))

    let outcome = try Python.run(Repository.root + "/scripts/read-run", run.path)
    try #require(outcome.exitCode == 0, "\(outcome.errors)")
    let seen = try JSONDecoder().decode(Seen.self, from: Data(outcome.output.utf8))
    #expect(seen.wall_times == [1.7e9, 1.7e9, 1.7e9])
    #expect(seen.scalars["loss/train"] == [[1, 1], [2, 0.5], [3, Double(Float(1.0 / 3))]])
    #expect(seen.scalars["accuracy/test"] == [[1, 0.5], [2, 0.5], [3, 0.5]])
    let histogram = try #require(seen.histograms["weights/0"]?.last)
    #expect(histogram.step == 3 && histogram.min == -1 && histogram.max == 3 && histogram.sum == 4)
    #expect(histogram.num == 4 && histogram.counts.reduce(0, +) == 4)
    #expect(seen.arrays["train_accuracy.npy"] == Seen.Values(dtype: "float64", values: [0.25, 0.1]))
    #expect(seen.arrays["test_accuracy.npy"] == Seen.Values(dtype: "float32", values: [0.5]))
    for name in ["model.safetensors", "checkpoint.safetensors"] {
      #expect(
        seen.tensors[name] == [
          "layers.0.weight": Seen.Values(dtype: "float32", shape: [2, 3], values: [1, 2, 3, 4, 5, 6]),
          "u": Seen.Values(dtype: "uint8", shape: [1], values: [200]),
          "i": Seen.Values(dtype: "int32", shape: [1], values: [-5]),
          "l": Seen.Values(dtype: "int64", shape: [1], values: [0x1p40]),
        ], "\(name)")
    }
    #expect(seen.metadata["model.safetensors"] == ["a": "b"])
  }
}
