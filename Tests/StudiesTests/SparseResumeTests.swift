import GraphExec
import Studies
import TestSupport
import Testing

/// Protects runs without their zeros from interruptions: in the small form, and between pruning and the change to it.
@Suite("Resuming a sparse run", .needs(.openCL))
struct SparseResumeTests {
  /// How a run comes to its small form.
  struct Way: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let overrides: [String]
    var formats = ["sparse", "sparse", "dense"]
    var losesUnits = false
    /// The epoch after which the masks stay as they are; 0 is before the first.
    var settledAfter = 0
    /// Before that, from the second epoch on.
    var growing: [String] = []
  }

  /// Two convolutions and the output layer.
  static let convolutions = """
    {"layers": [{"operation": "conv2d", "outputs": 6, "kernel": 3, "stride": 2, "padding": 1},
      {"operation": "relu"}, {"operation": "max_pool", "kernel": 2},
      {"operation": "conv2d", "outputs": 8, "kernel": 3, "padding": 1}, {"operation": "relu"},
      {"operation": "flatten"}, {"operation": "linear", "outputs": 10}]}
    """

  private static let ways = [
    Way(testDescription: "in CSR from the first step on", overrides: ["pruning.sparsities=[0.6]"]),
    Way(
      testDescription: "compacted and in CSR", overrides: ["pruning.sparsities=[0.98]"], losesUnits: true),
    Way(
      testDescription: "compacted",
      overrides: ["pruning.sparsities=[0.5]", #"pruning.strategies=["neuron"]"#],
      formats: ["dense", "dense", "dense"], losesUnits: true),
    Way(
      testDescription: "in CSR by SGD with momentum, its rate along a cosine",
      overrides: [
        "pruning.sparsities=[0.6]", #"training.optimizer={"name":"sgd","momentum":0.9,"dampening":0.5}"#,
        #"training.schedule={"name":"cosine","warmup_epochs":0.5}"#,
      ]),
    Way(
      testDescription: "compacted and in CSR, convolutions too",
      overrides: ["pruning.sparsities=[0.7]", "model=\(convolutions)"], losesUnits: true),
    // Nothing is pruned when the first epoch begins, and masked; then layers are in CSR and lose entries there. The checkpoint
    // after epoch 3 is that of the network pruned for the last time; its units go with epoch 4. Units that die with it leave weights and moments behind, which only the original shapes hold.
    Way(
      testDescription: "pruned until epoch 3, then compacted and in CSR",
      overrides: [
        "pruning.sparsities=[0.97]",
        #"pruning.schedule={"name":"polynomial","begin_epoch":0,"end_epoch":3,"frequency":2}"#,
      ], losesUnits: true, settledAfter: 3, growing: ["sparse", "sparse", "masked"]),
    Way(
      testDescription: "pruned until epoch 3 by movement, then compacted and in CSR",
      overrides: [
        "pruning.sparsities=[0.97]", #"pruning.criterion="movement""#,
        #"pruning.schedule={"name":"polynomial","begin_epoch":0,"end_epoch":3,"frequency":2}"#,
      ], losesUnits: true, settledAfter: 3, growing: ["sparse", "sparse", "masked"]),
    Way(
      testDescription: "pruned until epoch 3 by blocks, convolutions among them, then compacted and in CSR",
      overrides: [
        "pruning.sparsities=[0.3]", #"pruning.strategies=["block"]"#, "pruning.block=[3,2]",
        "pruning.prune_output_layer=true", "model=\(convolutions)",
        #"pruning.schedule={"name":"polynomial","begin_epoch":0,"end_epoch":3,"frequency":2}"#,
      ], formats: ["dense", "sparse", "sparse"], losesUnits: true, settledAfter: 3,
      growing: ["masked", "masked", "sparse"]),
  ]

  @Test("stopped after each epoch, a run goes on in its form and ends with the same bits", arguments: ways)
  func resume(way: Way) throws {
    let backend = try OpenCLTests.backend.get()
    let overrides = way.overrides + ["execution.format=sparse", "training.epochs=5"]
    let stopped = try SmallStudy(overrides)
    for epoch in 1...5 {
      let observer = TestObserver(stopAfter: epoch < 5 ? epoch : nil)
      if epoch < 5 {
        #expect(throws: StudyInterrupted.self) { try stopped.run(backend, observer: observer) }
      } else {
        try stopped.run(backend, observer: observer)
      }
      #expect(observer.told.first?.hasSuffix(" starts after \(epoch - 1) of 5") == true)
      let form = try #require(observer.specifications.last)
      let isSmall = way.settledAfter == 0 || epoch > way.settledAfter
      let growing = epoch == 1 ? ["masked", "masked", "masked"] : way.growing
      #expect(form.formats.map(\.name) == (isSmall ? way.formats : growing))
      #expect((form.network != stopped.config.network) == (isSmall && way.losesUnits))
    }
    let whole = try SmallStudy(overrides)
    try whole.run(backend)
    #expect(try stopped.comparable() == whole.comparable())
  }
}
