import Backends
import Configs
import GraphExec
import ModelEvaluation
import ModelFiles
import Studies
import StudyFiles
import TestSupport
import Testing

/// Protects a study of convolutions over surviving entries, from the choice of the format to the compressed file.
@Suite("A study of sparse convolutions", .needs(.openCL))
struct SparseConvolutionStudyTests {
  private static let overrides = [
    "model=\(SparseResumeTests.convolutions)", "pruning.sparsities=[0.7]", "training.epochs=3",
    "dataset.train=600",
  ]

  @Test("the masked form's accuracy and survivors come out, and the same answers of every form of the model")
  func study() throws {
    let backend = try OpenCLTests.backend.get()
    let studies = try ["dense", "sparse"].map { try SmallStudy(Self.overrides + ["execution.format=\($0)"]) }
    let observers = [TestObserver(), TestObserver()]
    let rows = try zip(studies, observers).map { try $0.run(backend, observer: $1)[0] }
    #expect(observers[1].specifications.last?.formats.map(\.name) == ["sparse", "sparse", "dense"])
    #expect(rows[0].nnz == rows[1].nnz)
    #expect(abs(rows[0].testAccuracy - rows[1].testAccuracy) <= 0.05)

    let folder = studies[1].files.run(rows[1].runName)
    let masked = try StoredModel.read(folder.model)
    let compressed = masked.compressed()
    #expect(compressed.parameters.map(\.formatName) == ["sparse", "sparse", "dense"])
    try compressed.file.write(to: studies[1].folder("small"))
    let read = try StoredModel.read(studies[1].folder("small"))
    #expect(read.parameters == compressed.parameters && read.network == compressed.network)

    let images = try StudyData(studies[1].config, backend: backend).test
    let outputs = try [(masked, ExecutionConfig.Format.dense), (masked, .sparse), (read, .sparse)].map {
      let inference = try Inference($0, on: backend, batchSize: 64, format: $1)
      #expect(
        inference.formats == ($1 == .dense ? ["dense", "dense", "dense"] : ["sparse", "sparse", "dense"]))
      return try inference.outputs(of: images)
    }
    // Leaving zeros out of a sum leaves its bits.
    #expect(outputs[0] == outputs[1] && outputs[0] == outputs[2])
  }

  @Test("a study whose costs were kept before convolutions were measured goes on with masked ones")
  func oldCosts() throws {
    let backend = try OpenCLTests.backend.get()
    let study = try SmallStudy(Self.overrides + ["execution.format=sparse"])
    let kept = study.folder("costs.json")
    let store = try #require(CostStore(backend, batchSize: 64))
    let costs = try store.costs(of: study.config.network, keptAt: kept) {}
    #expect(costs.sizes.count == 2)
    #expect(
      try store.costs(of: study.config.network, keptAt: kept) { Issue.record("they are kept") } == costs)
    let masks = study.config.network.parameters.map { (0..<$0.count).map { UInt8($0 % 3 == 0 ? 1 : 0) } }
    func formats(_ costs: LayerCosts) -> [String] {
      FormatChoice(.sparse, costs: costs)
        .formats(of: study.config.network, original: study.config.network, masks: masks).map(\.name)
    }
    #expect(formats(costs) == ["sparse", "sparse", "sparse"])
    #expect(formats(LayerCosts(matrices: costs.matrices)) == ["masked", "masked", "sparse"])
  }
}
