import Files
import TestSupport
import Testing

/// Protects what scripts rely on: the exit code, one clear line, and nothing half-written.
@Suite("Exit codes")
struct ExitCodeTests {
  /// Runs `whittle run` on a config that is good except for what is given, and expects that nothing is left.
  private func refused(
    _ arguments: [String], config: String? = nil, environment: [String: String] = [:]
  ) throws -> Tool.Outcome {
    let folder = try TemporaryFolder()
    let path = try folder.config()
    if let config { try AtomicFile.write(config, to: folder(path)) }
    let outcome = try Tool.run(["run", path] + arguments, in: folder.path, environment: environment)
    #expect(!outcome.wasKilled)
    #expect(try FileSystem.names(in: folder.path) == [path], "nothing is written")
    return outcome
  }

  @Test(
    "usage is 64 with a hint",
    arguments: [["run"], ["run", "c.json", "--colour"], ["train", "--epochs", "x"], ["prune"]])
  func usage(arguments: [String]) throws {
    let folder = try TemporaryFolder()
    let outcome = try Tool.run(arguments, in: folder.path)
    #expect(outcome.exitCode == 64)
    #expect(outcome.errors.hasPrefix("Error: "))
    #expect(outcome.errors.contains("Usage: whittle"))
  }

  @Test("a malformed override is 64")
  func override() throws {
    let outcome = try refused(["--set", "training.epochs"])
    #expect(outcome.exitCode == 64)
    #expect(
      outcome.errors
        == "whittle: --set training.epochs: expected key.path=value, for example --set training.epochs=3\n")
  }

  @Test("help and version are 0")
  func help() throws {
    let folder = try TemporaryFolder()
    for arguments in [["--help"], ["run", "--help"], ["train", "--help"], ["--version"]] {
      let outcome = try Tool.run(arguments, in: folder.path)
      #expect(outcome.exitCode == 0)
      #expect(!outcome.output.isEmpty && outcome.errors.isEmpty)
    }
  }

  @Test("a config that cannot be read is 65 and named")
  func unreadableConfig() throws {
    let folder = try TemporaryFolder()
    try FileSystem.createFolder(folder("folder"))
    for (path, problem) in [
      ("absent.json", "no such file or directory"), ("folder", "is a directory"),
    ] {
      let outcome = try Tool.run(["run", path], in: folder.path)
      #expect(outcome.exitCode == 65)
      #expect(outcome.errorLines.count == 1)
      #expect(outcome.errors.contains("cannot read \(path)") && outcome.errors.contains(problem))
    }
  }

  @Test(
    "a bad config is 65, a line for each problem",
    arguments: [
      ("{", ["not valid JSON"]),
      ("[1]", ["expected a JSON object"]),
      ("", ["not valid JSON"]),
      (
        #"{"name": "a", "dataset": {"name": "mnits"}, "model": {"layers": [784, 10], "layer": 3}, "training": {"epochs": 0}}"#,
        ["mnist", "layers", "training.epochs"]
      ),
      (
        #"{"name": "a/b", "dataset": {"name": "mnist"}, "model": {"layers": [784, 10]}, "training": {"epochs": "3"}}"#,
        ["name", "training.epochs"]
      ),
    ])
  func badConfig(text: String, fragments: [String]) throws {
    let outcome = try refused([], config: text)
    #expect(outcome.exitCode == 65)
    #expect(outcome.errorLines.count == fragments.count)
    for fragment in fragments {
      #expect(outcome.errorLines.contains { $0.contains("tiny.json: ") && $0.contains(fragment) })
    }
  }

  @Test("an override of an unknown key is 64 with the nearest name")
  func unknownKey() throws {
    let outcome = try refused(["--set", "training.epoch=3"])
    #expect(outcome.exitCode == 64)
    #expect(outcome.errorLines.count == 1)
    #expect(outcome.errors.contains("training.epoch") && outcome.errors.contains("epochs"))
  }

  @Test(
    "impossible values of --set are 64 and name the key",
    arguments: [
      "training.epochs=-1", "training.batch_size=0", "pruning.sparsities=[1.5]",
      "execution.concurrent_models=0",
      "model.layers=[784,0,10]", "model.layers=[10]", "training.optimizer.learning_rate=1e400",
      "dataset.train=1.5", "pruning.schedule.name=often", "output=",
    ])
  func impossible(override: String) throws {
    let outcome = try refused(["--set", override])
    #expect(outcome.exitCode == 64)
    #expect(outcome.errorLines.allSatisfy { $0.contains("--set") && !$0.contains("tiny.json") })
    let key = override.prefix { $0 != "=" }
    #expect(outcome.errorLines.allSatisfy { $0.contains(key.split(separator: ".")[0]) }, "\(outcome.errors)")
  }

  @Test("a data set that is not there is 65")
  func noData() throws {
    let outcome = try refused(["--set", "dataset.name=mnist", "--set", "dataset.directory=nowhere"])
    #expect(outcome.exitCode == 65)
    #expect(outcome.errorLines.count == 1)
    #expect(outcome.errors.contains("nowhere"))
  }

  @Test("with --force, a data set that is not there costs no results")
  func forceKeepsResults() throws {
    let folder = try TemporaryFolder()
    let config = try folder.config(sparsities: "[0]")
    #expect(try Tool.run(["run", config], in: folder.path).exitCode == 0)
    let before = try folder.comparable("out")
    let outcome = try Tool.run(
      ["run", config, "--force", "--set", "dataset.name=mnist", "--set", "dataset.directory=nowhere"],
      in: folder.path)
    #expect(outcome.exitCode == 65)
    expectEqual(before, try folder.comparable("out"))
  }

  @Test("a device that is not there is 69 and lists what there is")
  func noDevice() throws {
    let outcome = try refused(["--device", "no such device"])
    #expect(outcome.exitCode == 69)
    #expect(outcome.errorLines.count == 1)
    #expect(outcome.errors.contains("no device matches 'no such device'"))
  }

  @Test("without any OpenCL driver, opencl is 69, and auto and cpu train")
  func noDriver() throws {
    let folder = try TemporaryFolder()
    try FileSystem.createFolder(folder("vendors"))
    let nothing = ["OCL_ICD_VENDORS": folder("vendors")]
    let outcome = try refused(["--device", "opencl"], environment: nothing)
    #expect(outcome.exitCode == 69)
    #expect(outcome.errors.contains("no OpenCL device can be used; OpenCL needs a driver"))
    for device in ["auto", "cpu"] {
      let trained = try Tool.run(
        ["run", try folder.config(epochs: 1), "--device", device, "--output", device], in: folder.path,
        environment: nothing)
      #expect(trained.exitCode == 0, "\(trained.errors)")
      #expect(trained.output.contains("on CPU (OpenBLAS "))
    }
  }

  @Test("an output that cannot be written is 1 and named")
  func badOutput() throws {
    let folder = try TemporaryFolder()
    let config = try folder.config()
    try AtomicFile.write("a file", to: folder("file"))
    let outcome = try Tool.run(["run", config, "--output", "file/out"], in: folder.path)
    #expect(outcome.exitCode == 1)
    #expect(outcome.errors.contains("cannot create the folder file: not a directory"))
    #expect(outcome.errorLines.count == 1)
  }
}
