import Configs
import Datasets
import GraphExec
import ModelEvaluation
import ModelFiles
import Reference
import Studies
import StudyFiles
import TestSupport
import Testing

/// Protects studies of images that are normalized, cropped and mirrored: from interruptions, and on the way to the files that
/// tell of it.
@Suite("Studies of augmented images")
struct AugmentedStudyTests {
  private static let overrides = [
    "model.network=lenet-300-100", #"dataset.normalization={"mean":[0.13],"std":[0.31]}"#,
    #"training.augmentation={"crop":2,"flip":true}"#, "training.epochs=3",
  ]

  @Test("stopped after each epoch, a run goes on with the images that it would have seen")
  func resume() throws {
    let stopped = try SmallStudy(Self.overrides)
    for epoch in 1...2 {
      #expect(throws: StudyInterrupted.self) { try stopped.run(observer: TestObserver(stopAfter: epoch)) }
    }
    try stopped.run()
    let whole = try SmallStudy(Self.overrides)
    try whole.run()
    #expect(try stopped.comparable() == whole.comparable())
    let plain = try SmallStudy(Self.overrides.filter { !$0.contains("augmentation") })
    try plain.run()
    #expect(try plain.comparable() != whole.comparable())
  }

  @Test("a model file says what its network was shown, and is evaluated so")
  func evaluate() throws {
    let study = try SmallStudy(Self.overrides)
    let row = try #require(study.run().first)
    let path = study.files.run(row.runName).model
    let stored = try StoredModel.read(path)
    let origin = try #require(ModelOrigin(metadata: stored.metadata))
    let shown = try #require(try origin.data()).normalization
    #expect(shown == PixelNormalization(mean: [0.13], deviation: [0.31]))
    let data = try DatasetCatalog.load(DatasetRequest(name: "synthetic-digits", train: 1, test: 100))
    let evaluation = try Evaluation(
      stored, path: path, on: data.test, classes: data.classes, normalization: shown,
      backend: CPUBackend(), timed: [1])
    #expect(evaluation.correct == Int((row.testAccuracy * 100).rounded()))
  }

  @Test("a study goes on with the normalization that it was begun with")
  func continuation() throws {
    var study = try SmallStudy(Self.overrides)
    try study.run()
    study.config.dataset.normalization = .none
    let text = message { try study.run() }
    #expect(text.contains("dataset.normalization"), "\(text)")
  }
}
