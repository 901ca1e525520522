import GraphExec
import Reference
import Studies
import StudyFiles
import TestSupport
import Testing

/// Protects studies whose runs replace entries while they train (SET, RigL): their counts, their form, and the same bits after
/// a stop.
@Suite("Dynamic sparse training in a study")
struct DynamicStudyTests {
  /// In CSR where the backend has it, so that no measured cost decides which sums are made.
  private static func overrides(_ name: String, _ backend: any Backend) -> [String] {
    (backend.executesSparse ? ["execution.format=sparse"] : []) + [
      #"pruning.schedule={"name":"\#(name)","delta_t":3,"end_epoch":4}"#, "pruning.sparsities=[0.9]",
      #"pruning.criterion="random""#, #"pruning.scope="erk""#, "training.epochs=5",
    ]
  }

  private static func backends() throws -> [any Backend] {
    try (Need.openCL.isMet() ? [OpenCLTests.backend.get()] : []) + [CPUBackend()]
  }

  @Test(
    "entries change until the end of the schedule, and there are always as many", arguments: ["set", "rigl"])
  func counts(name: String) throws {
    for backend in try Self.backends() {
      let study = try SmallStudy(Self.overrides(name, backend))
      let masks = try (1...5).map { epoch in
        let observer = TestObserver(stopAfter: epoch < 5 ? epoch : nil)
        if epoch < 5 {
          #expect(throws: StudyInterrupted.self) { try study.run(backend, observer: observer) }
        } else {
          let rows = try study.run(backend, observer: observer)
          #expect(rows.map(\.status) == [.finished], "\(rows.map(\.note))")
          #expect(rows[0].nnz == (19_200 - 17_280) + 160)
        }
        let form = try #require(observer.specifications.last)
        let format = backend.executesSparse ? "sparse" : "masked"
        #expect(form.format(ParameterID(0)).name == format || epoch > 4)
        let run = study.files.run(study.config.runs[0])
        let file = epoch < 5 ? run.checkpoint.path : run.model
        return try study.weights(file).map { $0.values.map { $0 != 0 } }
      }
      #expect(masks[0] != masks[1])
      #expect(masks[1] != masks[2])
      #expect(masks[2] != masks[3])
    }
  }

  @Test("stopped after each epoch, a run goes on and ends with the same bits", arguments: ["set", "rigl"])
  func resume(name: String) throws {
    for backend in try Self.backends() {
      for model in ["model.layers=[784,24,16,10]", "model=\(SparseResumeTests.convolutions)"] {
        let stopped = try SmallStudy(Self.overrides(name, backend) + [model])
        for epoch in 1...4 {
          #expect(throws: StudyInterrupted.self) {
            try stopped.run(backend, observer: TestObserver(stopAfter: epoch))
          }
        }
        try stopped.run(backend)
        let whole = try SmallStudy(Self.overrides(name, backend) + [model])
        try whole.run(backend)
        #expect(try stopped.comparable() == whole.comparable())
      }
    }
  }
}
