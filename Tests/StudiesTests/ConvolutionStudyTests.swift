import Datasets
import Files
import GraphExec
import ModelEvaluation
import ModelFiles
import Reference
import Studies
import StudyFiles
import TestSupport
import Testing

/// Protects networks of more than linear layers on their way through a study: training and pruning, an interruption, and
/// the small file, which predicts what the table says.
@Suite("A study of a convolutional network")
struct ConvolutionStudyTests {
  private static let layers = """
    [{"operation": "conv2d", "outputs": 6, "kernel": 5, "stride": 2}, {"operation": "batch_norm"}, {"operation": "relu"},
     {"operation": "max_pool", "kernel": 2},
     {"operation": "conv2d", "outputs": 8, "kernel": 3, "padding": 1, "bias": true}, {"operation": "relu"},
     {"operation": "average_pool", "kernel": 2}, {"operation": "flatten"}, {"operation": "dropout", "rate": 0.25},
     {"operation": "linear", "outputs": 20, "bias": true}, {"operation": "relu"}, {"operation": "linear", "outputs": 10}]
    """

  private func study() throws -> SmallStudy {
    try SmallStudy(
      "model.layers=\(Self.layers)", #"pruning.strategies=["weight","neuron"]"#, "pruning.sparsities=[0,0.5]",
      "training.epochs=4", "training.optimizer.learning_rate=0.01", "dataset.train=2000")
  }

  @Test("on OpenCL", .needs(.openCL))
  func openCL() throws { try check(OpenCLTests.backend.get()) }

  @Test("on the CPU backend")
  func cpu() throws { try check(CPUBackend()) }

  private func check(_ backend: any Backend) throws {
    let whole = try study()
    let rows = try whole.run(backend)
    #expect(rows.map(\.status) == [.finished, .finished, .finished])
    #expect(rows.allSatisfy { $0.testAccuracy > 0.2 }, "it learns: \(rows.map(\.testAccuracy))")
    let stopped = try study()
    // Within the unpruned run, in the middle of the second and in the third.
    for epoch in [1, 2, 1, 2, 1] {
      #expect(throws: StudyInterrupted.self) {
        try stopped.run(backend, observer: TestObserver(stopAfter: epoch))
      }
    }
    try stopped.run(backend)
    #expect(try stopped.comparable() == whole.comparable())
    for row in rows { try expectSmallFile(of: row, in: whole, on: backend) }
  }

  /// The compressed file of a run reads back as it was written, and is as often right as the run was.
  private func expectSmallFile(of row: SummaryRow, in study: SmallStudy, on backend: any Backend) throws {
    let model = try StoredModel.read(study.files.run(row.runName).model)
    #expect(model.original == study.config.network && model.survivors == row.nnz)
    let small = model.compressed()
    // A pruned unit takes its bias and its batch norm along, so it is removed from the file.
    if row.strategy == .neuron, row.sparsity == 0.5 {
      #expect(small.compaction.kept.map(\.count) == [1, 3, 4, 10, 10])
    }
    try small.file.write(to: study.folder("small"))
    let read = try StoredModel.read(study.folder("small"))
    #expect(read.parameters == small.parameters && read.compaction == small.compaction)
    #expect(read.uncompressed().state.masks == small.uncompressed().state.masks)
    let images = try DatasetCatalog.load(
      DatasetRequest(name: "synthetic-digits", train: 1, test: study.config.dataset.test)
    ).test
    for stored in [model, read] {
      let evaluation = try Evaluation(
        stored, path: "m", on: images, classes: 10, backend: backend, timed: [1])
      #expect(evaluation.accuracy == row.testAccuracy, "\(row.runName)")
    }
  }
}
