import Files
import StudyFiles
import TestSupport
import Testing

/// Protects what other people keep where a study is started over.
@Suite("Starting over")
struct ForceTests {
  @Test("force starts over, with nothing left of the old study, and nothing else touched")
  func force() throws {
    let study = try SmallStudy(
      #"pruning.schedule={"name":"one_shot","fine_tune_epochs":2}"#, "pruning.sparsities=[0, 0.5]",
      "training.epochs=2")
    try study.run()
    let path = study.files.path
    let foreign = [
      "\(path)/notes.txt", "\(path)/runs/weight-s0.5-seed1/my-model.safetensors",
      "\(path)/runs/other/config.json",
      "\(path)/runs/weight-s0.5-seed1-copy/metrics.csv", "\(path)/plots/thesis.png",
      "\(path)/dense/seed1/README",
      "\(path)/.draft.txt.1.tmp",
    ]
    let own = ["\(path)/plots/Accuracy_vs_Parameters.png", "\(path)/report.html"]
    for file in foreign + own {
      try FileSystem.createFolder(FileSystem.folder(of: file))
      try AtomicFile.write("mine", to: file)
    }
    try study.files.removeStudy()
    for file in foreign { #expect(FileSystem.exists(file), "\(file)") }
    for file in own { #expect(!FileSystem.exists(file), "\(file)") }
    #expect(
      try FileSystem.names(in: path) == [".draft.txt.1.tmp", ".lock", "dense", "notes.txt", "plots", "runs"])
    #expect(try FileSystem.names(in: "\(path)/runs/weight-s0.5-seed1") == ["my-model.safetensors"])
    #expect(!FileSystem.exists("\(path)/runs/weight-s0-seed1"))

    let observer = TestObserver()
    try study.run(observer: observer, force: true)
    #expect(observer.told.first == "dense-seed1 starts after 0 of 2")
    for file in foreign { #expect(FileSystem.exists(file), "\(file)") }
  }

  @Test("a removal that stops half way has left no row of a run that is gone, and is known for a study")
  func stopped() throws {
    let study = try SmallStudy("pruning.sparsities=[0, 0.5]", "training.epochs=2")
    try study.run()
    let whole = try study.comparable()
    let run = study.files.run(RunName(strategy: .weight, sparsity: 0.5, seed: 1))
    try AtomicFile.write("", to: run.path + "/.nfs0001")
    var states: Set<[Bool]> = []
    try study.files.removeStudy {
      states.insert(
        [study.files.summaryCSV, study.files.summaryJSON, study.files.config].map(FileSystem.exists))
    }
    #expect(states == [[false, false, true]])
    try FileSystem.remove(run.path)
    try study.run()
    #expect(try study.comparable() == whole)
  }

  @Test("a folder that a network file system holds for a moment is tried again; one with other files is left")
  func networkFolder() throws {
    let folder = try TemporaryFolder()
    let held = folder("held")
    try FileSystem.createFolder(held)
    try AtomicFile.write("", to: held + "/.nfs0001")
    var attempts = 0
    try FileSystem.removeIfEmpty(held) {
      attempts += 1
      if attempts == 3 { try? FileSystem.remove(held + "/.nfs0001") }
    }
    #expect(attempts == 3 && !FileSystem.exists(held))
    let used = folder("used")
    try FileSystem.createFolder(used)
    try AtomicFile.write("", to: used + "/figure.png")
    try FileSystem.removeIfEmpty(used) { Issue.record("there is nothing to wait for") }
    #expect(FileSystem.exists(used + "/figure.png"))
  }
}
