import Files
import Foundation
import GraphExec
import ModelEvaluation
import ModelFiles
import Reference
import TestSupport
import Testing

/// Protects that compressed files are what NumPy, SciPy and safetensors take them for.
@Suite("Compressed files in Python")
struct CompressedReaderTests {
  private struct Seen: Decodable {
    struct Layer: Decodable, Equatable {
      var shape: [Int]
      var format: String
    }
    struct Matrix: Decodable {
      var shape: [Int]
      var nnz: Int
      var sum: Double
    }
    var predictions: [Int]
    var outputs: [[Double]]
    var layers: [Layer]
    var restored: [Matrix]
  }

  @Test("a model of another form is refused with a line", .needs(.python("scipy", "numpy", "safetensors")))
  func otherForm() throws {
    let folder = try TemporaryFolder()
    try PrunedModel.pruned(PrunedModel.convolutional(), .weight, 0.5).compressed().file.write(to: folder("m"))
    let outcome = try Python.run(Repository.root + "/scripts/read-compressed", folder("m"), folder("absent"))
    #expect(outcome.exitCode == 1 && outcome.output.isEmpty)
    #expect(outcome.errorLines.count == 1)
    #expect(outcome.errors.hasPrefix("\(folder("m")): not a model of the short form"), "\(outcome.errors)")
  }

  @Test(
    "a script gets the predictions and the original weights from a compressed file",
    .needs(.python("scipy", "numpy", "safetensors")),
    arguments: [(PruningUnit.weight, 0.9, false), (.weight, 0.99, false), (.neuron, 0.8, true)])
  func python(unit: PruningUnit, sparsity: Double, outputRelu: Bool) throws {
    let folder = try TemporaryFolder()
    let network = Network(layers: [50, 120, 80, 10], outputRelu: outputRelu)
    let model = try PrunedModel.pruned(network, unit, sparsity).compressed()
    try model.file.write(to: folder("m.safetensors"))
    let count = 64
    var random = SplitMix64(seed: 4, stream: 0)
    let inputs = (0..<count * network.inputs).map { _ in Float.random(in: 0..<1, using: &random) }
    try NumpyFile.write(inputs, to: folder("inputs.npy"))

    let outcome = try Python.run(
      Repository.root + "/scripts/read-compressed", folder("m.safetensors"), folder("inputs.npy"))
    try #require(outcome.exitCode == 0, "\(outcome.errors)")
    let seen = try JSONDecoder().decode(Seen.self, from: Data(outcome.output.utf8))
    let backend = try CPUBackend()
    let images = HostImages(
      features: .floats(inputs), labels: [UInt8](repeating: 0, count: count), size: network.inputs)
    let outputs = try Inference(StoredModel.read(folder("m.safetensors")), on: backend, batchSize: 16)
      .outputs(of: backend.upload(images))
    try #require(seen.outputs.count == count && seen.predictions.count == count)
    for image in 0..<count {
      let mine = outputs[image * 10..<(image + 1) * 10].map { Double($0) }
      for (a, b) in zip(mine, seen.outputs[image]) { #expect(abs(a - b) < 1e-5) }
      #expect(mine[seen.predictions[image]] == mine.max())
    }
    #expect(
      seen.layers
        == model.parameters.map {
          Seen.Layer(shape: [$0.shape.rows, $0.shape.columns], format: $0.formatName)
        })
    for (matrix, weights) in zip(seen.restored, model.uncompressed().state.parameters.map(\.value)) {
      #expect(matrix.shape == [weights.rows, weights.columns])
      #expect(matrix.nnz == weights.values.count { $0 != 0 })
      #expect(abs(matrix.sum - weights.values.reduce(0) { $0 + Double($1) }) < 1e-9)
    }
  }
}
