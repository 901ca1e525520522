import Configs
import Files
import Glibc
import StudyFiles
import TestSupport
import Testing

/// Protects the names of a study's files, and the study from a second writer.
@Suite("Study folder")
struct StudyFolderTests {
  @Test(
    "a run's folder is named after its strategy, sparsity and seed",
    arguments: [
      (0.5, "weight-s0.5-seed1"), (0, "weight-s0-seed1"), (0.00001, "weight-s0.00001-seed1"),
      (1e-9, "weight-s0.000000001-seed1"), (0.5000000001, "weight-s0.5000000001-seed1"),
      (0.9999999999999999, "weight-s0.9999999999999999-seed1"),
    ])
  func names(sparsity: Double, expected: String) {
    let name = RunName(strategy: .weight, sparsity: sparsity, seed: 1)
    #expect(name.description == expected)
    #expect(RunName(expected) == name)
    #expect(RunName("x-s0.5-seed1") == nil && RunName("weight-s0.5") == nil)
  }

  @Test("the files are where the design says")
  func paths() throws {
    let folder = try TemporaryFolder()
    let study = StudyFolder(folder.path)
    #expect(try study.existingRuns() == [])
    for name in ["weight-s0.9-seed1", "neuron-s0.5-seed2", "weight-s0.25-seed1", "other"] {
      try FileSystem.createFolder(study.runs + "/" + name)
    }
    let runs = try study.existingRuns()
    #expect(runs.map(\.name.description) == ["neuron-s0.5-seed2", "weight-s0.25-seed1", "weight-s0.9-seed1"])
    #expect(runs[0].metrics == folder("runs/neuron-s0.5-seed2/metrics.csv"))
    #expect(runs[0].checkpoint.path == folder("runs/neuron-s0.5-seed2/checkpoint.safetensors"))
  }

  @Test("a folder has one writer at a time, and is free again when that one is gone")
  func lock() throws {
    let folder = try TemporaryFolder()
    do {
      let lock = try StudyLock(folder: folder.path)
      #expect(
        message { try StudyLock(folder: folder.path) }
          == "\(folder.path) is in use by another whittle (process \(getpid())); wait until it is done, or choose "
          + "another folder with --output")
      withExtendedLifetime(lock) {}
    }
    _ = try StudyLock(folder: folder.path)
  }
}
