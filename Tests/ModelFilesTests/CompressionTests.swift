import Files
import GraphExec
import ModelEvaluation
import ModelFiles
import Pruning
import TestSupport
import Testing

/// Protects that a compressed model is the same function in fewer bytes, and that its file holds it bit for bit.
@Suite("Compression")
struct CompressionTests {
  @Test("the stored form is named by what was done to the model")
  func forms() throws {
    let network = Network(layers: [20, 30, 10])
    let dense = PrunedModel.zerosPruned(
      WeightInitializer.heNormal.values(of: network, seed: 1), of: network)
    #expect(dense.form == "dense")
    #expect(dense.compressed().form == "dense")
    let weight = try PrunedModel.pruned(network, .weight, 0.8)
    #expect(weight.form == "masked")
    #expect(weight.compressed().form == "sparse")
    let neuron = try PrunedModel.pruned(network, .neuron, 0.8)
    #expect(neuron.form == "masked")
    #expect(neuron.compressed().form == "compacted")
    #expect(neuron.compressed().network.widths == [20, 6, 10])
    #expect(PrunedModel.small().form == "compacted and sparse")
    #expect(PrunedModel.small().network.widths == [6, 3, 5, 3])
  }

  @Test("a file gives back the model that was written, and its weights in the original shapes")
  func roundTrip() throws {
    let folder = try TemporaryFolder()
    for outputRelu in [false, true] {
      let model = PrunedModel.small(outputRelu: outputRelu)
      try model.file.write(to: folder("m"))
      let read = try StoredModel.read(folder("m"))
      #expect(read.compaction == model.compaction)
      #expect(read.parameters == model.parameters)
      #expect(read.original == model.original)
      #expect(read.metadata["study"] == "small")
      #expect(read.file == model.file)
      #expect(read.compressed().parameters == model.parameters, "compressing again changes nothing")
      #expect(read.uncompressed().compressed().parameters == model.parameters)
    }
  }

  @Test("every surviving weight is in the file with the same bits", arguments: [PruningUnit.weight, .neuron])
  func sameBits(unit: PruningUnit) throws {
    let network = Network(layers: [40, 60, 50, 10])
    let model = try PrunedModel.pruned(network, unit, 0.7)
    let restored = model.compressed().uncompressed().state.parameters.map(\.value)
    let kept = model.compressed().compaction.kept
    for (layer, matrix) in model.parameters.map(\.matrix).enumerated() {
      for row in 0..<matrix.rows {
        for column in 0..<matrix.columns {
          let isKept = kept[layer].contains(row) && kept[layer + 1].contains(column)
          let expected = isKept ? matrix[row, column] : 0
          #expect(restored[layer][row, column].bitPattern == expected.bitPattern)
        }
      }
    }
  }

  @Test("an older model file, without metadata, is a dense model")
  func plainFile() throws {
    let network = Network(layers: [3, 4, 2])
    let weights = WeightInitializer.heNormal.values(of: network, seed: 1)
    let model = try StoredModel(ModelState(initialValues: weights).file(of: network))
    #expect(model.original == network)
    #expect(model.form == "dense")
    #expect(model.uncompressed().state.parameters.map(\.value) == weights)

    let rectified = Network(layers: [3, 4, 2], outputRelu: true)
    let file = ModelState(initialValues: weights).file(of: rectified, metadata: rectified.fileMetadata)
    #expect(try StoredModel(file).original == rectified, "the ReLU of the output layer is not forgotten")
  }

  @Test("a network with no path to its outputs shrinks to one unit a layer")
  func noPath() throws {
    let network = Network(layers: [5, 9, 4, 2])
    var weights = WeightInitializer.heNormal.values(of: network, seed: 1)
    weights[1] = Matrix(rows: 9, columns: 4)
    let model = PrunedModel.zerosPruned(weights, of: network)
    let small = model.compressed()
    #expect(small.network.widths == [5, 1, 1, 2])
    #expect(try StoredModel(small.file).parameters == small.parameters)
    #expect(try model.outputDifference(to: small) == (0, 0))
  }

  @Test("the difference of outputs that overflow is not 0")
  func overflow() throws {
    let network = Network(layers: [4, 4, 2])
    let weights = [(4, 4), (4, 2)].map { rows, columns in
      Matrix(rows: rows, columns: columns, values: [Float](repeating: 3e38, count: rows * columns))
    }
    let model = PrunedModel.zerosPruned(weights, of: network)
    let (difference, largest) = try model.outputDifference(to: model)
    #expect(difference.isNaN && largest == .infinity)
  }

  @Test(
    "the challenge's network takes at most its share of the dense file",
    arguments: [
      (PruningUnit.weight, 0.9, 0.22), (.weight, 0.99, 0.03), (.neuron, 0.9, 0.05), (.neuron, 0.5, 0.35),
    ])
  func fileSize(unit: PruningUnit, sparsity: Double, share: Double) throws {
    let folder = try TemporaryFolder()
    let model = try PrunedModel.pruned(PrunedModel.challenge, unit, sparsity)
    try model.uncompressed().file.write(to: folder("dense"))
    let small = model.compressed()
    try small.file.write(to: folder("small"))
    let ratio = try Double(FileSystem.size(folder("small"))) / Double(FileSystem.size(folder("dense")))
    #expect(ratio <= share, "\(unit) \(sparsity): \(ratio)")
    let (difference, largest) = try model.outputDifference(to: small)
    #expect(difference <= 1e-5 * largest)
  }
}
