import Configs
import Datasets
import GraphExec
import ModelEvaluation
import ModelFiles
import Reference
import TestSupport
import Testing

/// Protects what `whittle evaluate` reports: the same predictions whatever the form of the model and its execution.
@Suite("Evaluation")
struct EvaluationTests {
  private static func digits(_ count: Int) throws -> ImageSet {
    try DatasetCatalog.load(DatasetRequest(name: "synthetic-digits", train: 1, test: count)).test
  }

  @Test("a confusion matrix has a row per true class, and the lower class wins a tie")
  func confusion() throws {
    let outputs: [Float] = [1, 2, 0, 5, 5, 1, -3, -2, -1, 0, 0, 0]
    let matrix = try Evaluation.confusion(outputs, labels: [1, 1, 0, 2], classes: 3, path: "m")
    #expect(matrix == [[0, 0, 1], [1, 1, 0], [1, 0, 0]])
  }

  @Test("outputs that are not numbers are an error, not a prediction")
  func notNumbers() {
    let text = message { try Evaluation.confusion([1, .nan], labels: [0], classes: 2, path: "m") }
    #expect(text.hasPrefix("m: the model's output for image 0 is not a number"))
  }

  @Test(
    "masked, compressed and dense execution give one confusion matrix",
    arguments: [PruningUnit.weight, .neuron, .block(rows: 3, columns: 2)])
  func sameAnswers(unit: PruningUnit) throws {
    let network = Network(layers: [784, 60, 40, 10])
    let masked = try PrunedModel.pruned(network, unit, 0.8)
    let images = try Self.digits(300)
    func evaluate(_ model: StoredModel, _ format: ExecutionConfig.Format) throws -> Evaluation {
      try Evaluation(
        model, path: "m", on: images, classes: 10, backend: try CPUBackend(), format: format, timed: [1, 300])
    }
    let dense = try evaluate(masked, .dense)
    #expect(dense.images == 300)
    #expect(dense.layers == network.widths)
    #expect(dense.latencies.map(\.images) == [1, 300])
    #expect(dense.accuracy == Double(dense.correct) / 300)
    let small = try evaluate(try StoredModel(masked.compressed().file), .auto)
    #expect(small.confusion == dense.confusion)
    #expect(small.layers == masked.compressed().network.widths)
    #expect(try evaluate(masked, .sparse).confusion == dense.confusion)
  }

  @Test("a model that does not fit the images is refused")
  func wrongShape() throws {
    let images = try Self.digits(3)
    let text = message {
      try Evaluation(PrunedModel.small(), path: "m", on: images, classes: 10, backend: CPUBackend())
    }
    #expect(
      text
        == "m: the model is for images of 6 values and 3 classes, but these have 1x28x28 values and 10 classes"
    )
    // As many values, in another shape: a network that looks at neighbours would see others.
    let wide = try Network(
      input: Shape(4, 14, 14),
      layers: [Network.Layer("f", Flatten()), Network.Layer("l", Linear(outputs: 10))])
    let model = StoredModel(
      ModelState(initialValues: WeightInitializer.heNormal.values(of: wide, seed: 1)), of: wide)
    let other = message {
      try Evaluation(model, path: "m", on: images, classes: 10, backend: CPUBackend())
    }
    #expect(
      other
        == "m: the model is for images of 4x14x14 values and 10 classes, but these have 1x28x28 values and 10 classes"
    )
  }
}
