import Backends
import Configs
import GraphExec
import Pruning
import Studies
import StudyFiles
import Synchronization
import TestSupport
import Testing

/// Protects the promise that leaving zeros out changes nothing but speed and memory: training in the small form is
/// training in the masked dense form, to rounding.
@Suite("Training in the small form", .needs(.openCL))
struct SmallFormTests {
  /// A way to leave zeros out.
  struct Form: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let unit: PruningUnit
    let sparsity: Double
    /// Whether dead units are removed.
    let compacts: Bool
    /// Whether what is pruned besides is in CSR.
    let isSparse: Bool
  }

  private static let forms = [
    Form(testDescription: "CSR", unit: .weight, sparsity: 0.9, compacts: false, isSparse: true),
    Form(testDescription: "compacted", unit: .neuron, sparsity: 0.8, compacts: true, isSparse: false),
    Form(
      testDescription: "compacted and CSR", unit: .weight, sparsity: 0.985, compacts: true, isSparse: true),
  ]

  // MARK: the first steps

  private static let steps = 50
  /// The most that losses of a step may differ, as a share of the loss.
  ///
  /// Outputs of both forms are sums of the same terms in the same order, but a weight gradient over CSR is summed in other
  /// parts than a dense one, and differs in its last bits (2^-24 = 6e-8 of the largest term). Adam divides by the gradient's
  /// own size: where that is nearly zero, the last bits move a weight by a visible part of the learning rate, and 50
  /// steps let it grow. The most seen was 1.3e-4, in CSR on MNIST; 1e-7 on the digits; none in the compacted forms.
  private static let tolerance = 1e-3

  /// Losses of the first steps, an epoch after the other, in the order in which studies take the images.
  private func losses(
    _ model: any Model, _ config: StudyConfig, on set: any ResidentSet, seed: UInt64
  ) throws -> [Double] {
    var losses: [Double] = []
    var epoch = 0
    while losses.count < Self.steps {
      epoch += 1
      try model.beginEpoch(on: set, order: config.order(epoch: epoch, seed: seed, images: set.count))
      var sum = 0.0
      for _ in 0..<min(model.steps(forImages: set.count), Self.steps - losses.count) {
        try model.enqueueStep()
        let totals = try model.epochTotals()
        losses.append(totals.loss - sum)
        sum = totals.loss
      }
    }
    return losses
  }

  /// Trains a pruned network in both forms, step by step.
  private func expectSameSteps(_ config: StudyConfig, _ form: Form) throws {
    let backend = try OpenCLTests.backend.get()
    let data = try StudyData(config, backend: backend)
    let network = config.network
    let masked = try backend.makeModel(config.specification(masked: true))
    try masked.load(config.initialState(seed: 1))
    let policy = PruningPolicy(unit: form.unit, schedule: .constant(form.sparsity))
    try masked.enqueue(policy.events(beforeStep: 0, of: network))

    let state = try masked.state()
    let compaction = Compaction(network: network, masks: state.masks)
    #expect(compaction.isIdentity != form.compacts)
    let small = compaction.compact(state)
    var specification = config.specification(of: compaction.compacted, masked: false)
    for (layer, mask) in small.masks.enumerated() where mask.contains(0) {
      #expect(form.isSparse)
      let weight = specification.network.parameters[layer]
      specification.formats[layer] = .sparse(
        SparsePattern(mask: mask, rows: weight.rows, columns: weight.columns))
    }
    #expect(specification.formats.contains { $0.name == "sparse" } == form.isSparse)
    let model = try backend.makeModel(specification)
    try model.load(small)

    let expected = try losses(masked, config, on: data.train, seed: 1)
    let actual = try losses(model, config, on: data.train, seed: 1)
    let differences = zip(expected, actual).map { abs($0 - $1) / $0 }
    #expect(differences[0] == 0)
    #expect(differences.allSatisfy { $0 <= Self.tolerance }, "\(differences.max() ?? .nan)")
    let (a, b) = (try masked.state(), compaction.expand(try model.state(), into: state))
    #expect(a.masks == b.masks && a.step == b.step)
    for own in b.parameters {
      #expect(zip(own.value.values, own.mask).allSatisfy { $1 == 1 || $0 == 0 })
    }
    // What the tolerance shows: the same images in another order.
    try model.load(small)
    let others = try losses(model, config, on: data.train, seed: 2)
    #expect(zip(expected, others).contains { abs($0 - $1) / $0 > Self.tolerance })
  }

  @Test(
    "the losses of the first 50 steps are those of the masked form, on synthetic digits", arguments: forms)
  func digitSteps(form: Form) throws {
    let study = try SmallStudy("dataset.train=1000", "model.layers=[784,200,100,10]")
    try expectSameSteps(study.config, form)
  }

  @Test(
    "the losses of the first 50 steps are those of the masked form, on MNIST with the challenge's network",
    .needs(.realData), arguments: forms)
  func mnistSteps(form: Form) throws {
    let study = try SmallStudy(
      #"dataset={"name":"mnist","directory":"\#(RealData.mnist ?? "")","test":1000}"#,
      "model.layers=[784,1000,1000,500,200,10]", "training.batch_size=256")
    try expectSameSteps(study.config, form)
  }

  // MARK: the end

  /// Trains three seeds of both strategies in the masked and in the small form.
  private func expectSameAccuracy(_ overrides: [String]) throws {
    let backend = try OpenCLTests.backend.get()
    let common = [
      #"pruning.strategies=["weight","neuron"]"#, "pruning.sparsities=[0.9]", "training.seeds=[1,2,3]",
    ]
    let studies = try ["dense", "sparse"].map {
      try SmallStudy(overrides + common + ["execution.format=\($0)", "execution.concurrent_models=2"])
    }
    let rows = try studies.map { try $0.run(backend) }
    let measured = try MeasurementRow.read(studies[1].files.measurements)
    for (masked, small) in zip(rows[0], rows[1]) {
      #expect(masked.nnz == small.nnz)
      let zeros = try zip(studies, [masked, small]).map { study, row in
        try study.weights(study.files.run(row.runName).model).map { $0.values.map { $0 == 0 } }
      }
      #expect(zeros[0] == zeros[1], "the masks of \\(small.runName)")
    }
    for strategy in Set(rows[0].map(\.strategy)) {
      #expect(
        measured.filter { $0.run.strategy == strategy }
          .allSatisfy { $0.formats.contains(strategy == .weight ? "sparse" : "compacted") })
      // Both forms start at the same weights and see the same images in the same order, but rounding lets the trainings
      // drift apart as two samples of one distribution. So their mean accuracies differ as those of two samples of
      // that many test images do: here at most by three standard errors.
      let means = rows.map { rows in
        let own = rows.filter { $0.strategy == strategy }.map(\.testAccuracy)
        return own.reduce(0, +) / Double(own.count)
      }
      let images = Double(studies[0].config.dataset.test ?? 0) * 3
      let noise = (2 * means[0] * (1 - means[0]) / images).squareRoot()
      #expect(means[0] > 0.5, "it learns")
      #expect(abs(means[0] - means[1]) <= 3 * noise, "\(strategy): \(means)")
    }
  }

  @Test("three seeds end at the masked form's accuracy, on synthetic digits")
  func digitAccuracy() throws {
    try expectSameAccuracy([
      "dataset.train=2000", "dataset.test=1000", "model.layers=[784,120,60,10]", "training.epochs=8",
    ])
  }

  @Test(
    "three seeds end at the masked form's accuracy, on MNIST",
    .needs(.realData))
  func mnistAccuracy() throws {
    try expectSameAccuracy([
      #"dataset={"name":"mnist","directory":"\#(RealData.mnist ?? "")","train":20000,"test":10000}"#,
      "model.layers=[784,300,100,10]", "training.epochs=2", "training.batch_size=256",
    ])
  }

  // MARK: memory

  @Test("a run in CSR gives the masked network's memory back before its first step")
  func memory() throws {
    // A backend of its own: what other tests hold would be counted, too.
    let backend = try BackendChoice.open("opencl")
    let study = try SmallStudy(
      "model.layers=[784,500,300,10]", "training.batch_size=16", "training.epochs=2",
      "pruning.sparsities=[0.99]", "execution.format=sparse")
    let used = Mutex<[Int]>([])
    try study.run(backend, observer: TestObserver { used.withLock { $0.append(backend.memory.used) } })
    // Weights and two moments of four bytes. What is in use holds the images and a batch's activations, too.
    let dense = 12 * study.config.network.parameterCount
    #expect(used.withLock { $0.count } == 2)
    #expect(used.withLock { $0.allSatisfy { Double($0) <= 0.15 * Double(dense) } })
  }
}
