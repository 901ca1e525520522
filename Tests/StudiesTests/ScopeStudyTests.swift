import GraphExec
import Pruning
import Reference
import Studies
import StudyFiles
import TestSupport
import Testing

/// Protects studies under every scope: their counts, masks that only lose entries, and the same bits after a stop.
@Suite("Scopes in a study")
struct ScopeStudyTests {
  private static let schedules = [
    #"{"name":"constant"}"#, #"{"name":"one_shot","fine_tune_epochs":2}"#,
    #"{"name":"polynomial","begin_epoch":0,"end_epoch":3,"frequency":2}"#,
  ]

  private static func backends() throws -> [any Backend] {
    [try CPUBackend(), try OpenCLTests.backend.get()]
  }

  @Test("every scope, schedule and strategy ends with the numbers that are asked for", arguments: schedules)
  func counts(schedule: String) throws {
    for kind in Scopes.all {
      let study = try SmallStudy([
        "pruning.scope=\"\(kind.name)\"", "pruning.sparsities=[0.9]", "pruning.schedule=\(schedule)",
        #"pruning.strategies=["weight","neuron"]"#,
      ])
      let rows = try study.run()
      #expect(rows.map(\.status) == [.finished, .finished], "\(kind.name): \(rows.map(\.note))")
      // 24 and 16 units: 784 x 24 and 24 x 16 entries, and the output layer's 160.
      #expect(rows[0].nnz == (19_200 - 17_280) + 160 || kind.name == "layer")
      let shape = try study.weights(study.files.run(rows[1].runName).model)
      let live = (0..<2).map { layer in
        (0..<shape[layer].columns).count { column in
          (0..<shape[layer].rows).contains { shape[layer][$0, column] != 0 }
        }
      }
      #expect(kind.name == "layer" ? live == [2, 2] : live.reduce(0, +) == 4, "\(kind.name): \(live)")
      #expect(live.allSatisfy { $0 > 0 })
    }
  }

  @Test(
    "stopped after each epoch, a run ranks on as if it had not been, and ends with the same bits",
    .needs(.openCL), arguments: ["global", "erk"],
    [#""magnitude""#, #""random""#, #""taylor""#, #""grasp""#, #""synflow""#, #""movement""#])
  func resume(scope: String, criterion: String) throws {
    let overrides = [
      "pruning.scope=\"\(scope)\"", "pruning.criterion=\(criterion)", "pruning.sparsities=[0.9]",
      "training.epochs=5", "pruning.schedule=\(Self.schedules[2])",
    ]
    for backend in try Self.backends() {
      let stopped = try SmallStudy(overrides)
      for epoch in 1...4 {
        #expect(throws: StudyInterrupted.self) {
          try stopped.run(backend, observer: TestObserver(stopAfter: epoch))
        }
      }
      try stopped.run(backend)
      let whole = try SmallStudy(overrides)
      try whole.run(backend)
      #expect(try stopped.comparable() == whole.comparable())
    }
  }

  @Test("masks only lose entries, under every scope and criterion", .needs(.openCL))
  func monotone() throws {
    for scope in Scopes.all {
      for criterion in Criteria.all where criterion.ranksWeights {
        for backend in try Self.backends() {
          let study = try SmallStudy([
            "pruning.scope=\"\(scope.name)\"", "pruning.criterion=\"\(criterion.name)\"",
            "pruning.sparsities=[0.95]", "pruning.schedule=\(Self.schedules[2])",
          ])
          let run = study.config.runs[0]
          let network = study.config.network
          let model = try backend.makeModel(study.config.specification(masked: true, seed: run.seed))
          try model.load(study.config.initialState(seed: run.seed))
          let policy = study.config.policy(run, stepsPerEpoch: 5)
          let set = try StudyData(study.config, backend: backend).train
          var before = try model.state().masks
          var pruned = [0]
          for epoch in 0..<3 {
            _ = try model.trainEpoch(on: set, order: (0..<300).map { $0 }) { step in
              let step = epoch * 5 + step
              try criterion.init().enqueue(
                PruningRequest(
                  rounds: policy.rounds(1, beforeStep: step, of: network), set: set,
                  images: study.config.criterionImages(beforeStep: step, seed: run.seed, images: 300)),
                on: model)
              return .update
            }
            let masks = try model.state().masks
            for (old, new) in zip(before, masks) { #expect(zip(old, new).allSatisfy { $0 >= $1 }) }
            #expect(try model.counts().allSatisfy { $0.revived == 0 })
            pruned.append(masks.joined().count { $0 == 0 })
            before = masks
          }
          #expect(pruned == pruned.sorted() && Set(pruned).count == 4)
          if scope.name != "layer" { #expect(pruned[3] == 18_240) }
        }
      }
    }
  }

  @Test(
    "criteria that go by gradients prune under every schedule and for both strategies", arguments: schedules)
  func gradients(schedule: String) throws {
    for kind in Criteria.all where kind.init().needsGradients {
      let study = try SmallStudy([
        "pruning.scope=\"global\"", "pruning.sparsities=[0,0.9]", "pruning.schedule=\(schedule)",
        "pruning.criterion=\(kind.name)", #"pruning.strategies=["weight","neuron"]"#,
      ])
      let rows = try study.run()
      #expect(rows.map(\.status) == rows.map { _ in .finished }, "\(kind.name): \(rows.map(\.note))")
      #expect(rows.contains { $0.nnz == 1920 + 160 }, "\(kind.name): \(rows.map(\.nnz))")
    }
  }

  @Test("the images that a criterion sees are drawn for each step, by the run's seed")
  func images() throws {
    let config = try SmallStudy(["pruning.criterion=taylor"]).config
    let images = config.criterionImages(beforeStep: 0, seed: 1, images: 1000)
    #expect(images.count == 640 && Set(images).count == 640)
    #expect(images == config.criterionImages(beforeStep: 0, seed: 1, images: 1000))
    #expect(images != config.criterionImages(beforeStep: 1, seed: 1, images: 1000))
    #expect(images != config.criterionImages(beforeStep: 0, seed: 2, images: 1000))
    #expect(config.criterionImages(beforeStep: 0, seed: 1, images: 300).count == 300)
    let snip = try SmallStudy(["pruning.criterion=snip", "pruning.criterion_batches=2"]).config
    #expect(snip.criterionImages(beforeStep: 0, seed: 1, images: 1000).count == 128)
    #expect(try SmallStudy([]).config.criterionImages(beforeStep: 0, seed: 1, images: 1000) == [])
  }

  @Test("a network too deep for the flow through it is a failed run that says so")
  func depth() throws {
    let layers = [784] + [Int](repeating: 24, count: 62) + [10]
    let study = try SmallStudy([
      "model.layers=\(layers)", "pruning.criterion=synflow", "pruning.sparsities=[0.5]",
      #"model.initializer={"name":"normal","std":1000}"#,
    ])
    let rows = try study.run()
    #expect(rows.map(\.status) == [.failed])
    #expect(rows[0].note.hasPrefix("the network is too deep for criterion synflow"), "\(rows[0].note)")
  }

  @Test("layers that were ranked together and do not have their total fail the run")
  func wrongTotal() throws {
    let study = try SmallStudy(["pruning.scope=\"global\"", "pruning.sparsities=[0.9]"])
    let backend = try WrappingBackend { FaultyModel($0, .prunesNothing) }
    let rows = try study.run(backend)
    #expect(rows.map(\.status) == [.failed])
    #expect(
      rows[0].note.hasPrefix("0 weights of all layers are pruned, but 17280 are asked for"), "\(rows[0].note)"
    )
  }
}
