import Files
import Foundation
import TestSupport
import Testing

/// Protects the word of the command line: what is typed is used, or refused by name, and nothing is written.
@Suite("Options are used or refused")
struct OptionTests {
  private func refused(
    _ arguments: [String], in folder: TemporaryFolder, code: Int32 = 64, environment: [String: String] = [:]
  ) throws -> String {
    let before = try FileSystem.names(in: folder.path)
    let outcome = try Tool.run(arguments, in: folder.path, environment: environment)
    #expect(outcome.exitCode == code && !outcome.wasKilled, "\(arguments): \(outcome.errors)")
    #expect(outcome.output.isEmpty)
    #expect(try FileSystem.names(in: folder.path) == before, "nothing is written")
    return outcome.errors
  }

  @Test(
    "whittle train refuses what it would have to leave aside",
    arguments: [
      (["--directory", "d"], "--directory d: the synthetic-digits are built in"),
      (["--learning-rate", "nan"], "The value 'nan' is invalid for '--learning-rate"),
      (["--learning-rate", "inf"], "The value 'inf' is invalid for '--learning-rate"),
      (["--learning-rate", "1e400"], "The value '1e400' is invalid for '--learning-rate"),
      (["--learning-rate", "1e-46"], "--learning-rate 1e-46: networks are trained in 32-bit floats"),
      (["--sparsity", "1e-400"], "The value '1e-400' is invalid for '--sparsity"),
      (["--sparsity", "nan"], "The value 'nan' is invalid for '--sparsity"),
      (["--sparsity", "1"], "--sparsity 1: pruning.sparsities[0]: 1 is out of range"),
      (["--dataset", "mnits"], #"--dataset mnits: "mnits" is not a valid name; did you mean "mnist"?"#),
      (["--batch-size", "0"], "--batch-size 0: 0 is out of range"),
      (["--layers", "784-9"], "--layers 784-9: model.layers[1]: 9 does not fit"),
      (["--network", "lenet5"], #"--network lenet5: "lenet5" is not a valid name; did you mean "lenet-5"?"#),
      (["--network", "lenet-5", "--layers", "784-10"], "--layers 784-10: stands beside network"),
      (
        ["--sparsity", ".9", "--set", "pruning.sparsities=[0,0.5]"],
        "--sparsity .9 and --set pruning.sparsities=[0,0.5]: both say what pruning.sparsities is"
      ),
      (["--set", "pruning.sparsities=[0,0.5]"], "whittle train trains one model, and this asks for 2"),
      (["--epochs", "1", "--epochs=2"], "--epochs is given twice, with '1' and with '2'"),
      (["--set", "dataset.name=cifar10"], #"--set dataset.name=cifar10: "cifar10" is not a valid name"#),
    ])
  func train(arguments: [String], expected: String) throws {
    let errors = try refused(["train"] + arguments, in: TemporaryFolder())
    #expect(errors.contains(expected), "\(errors)")
  }

  @Test(
    "options that contradict each other are refused by name",
    arguments: [
      (["--epochs", "1", "--set", "training.epochs=3"], ["--epochs 1", "--set training.epochs=3"]),
      (["--sequential", "--concurrency", "3"], ["--sequential", "--concurrency 3"]),
      (["--output", "a", "--set", "output=b"], ["--output a", "--set output=b"]),
      (["--set", "training=1", "--epochs", "1"], ["--set training=1", "--epochs 1"]),
      (["--kernels", "k"], ["--kernels k: the CPU backend has no kernels"]),
    ])
  func run(arguments: [String], expected: [String]) throws {
    let folder = try TemporaryFolder()
    let errors = try refused(["run", try folder.config()] + arguments, in: folder)
    for text in expected { #expect(errors.contains(text), "\(errors)") }
  }

  @Test("a network that whittle train chooses is that of the data set, however it is named")
  func trainWidths() throws {
    let folder = try TemporaryFolder()
    for name in [["--dataset", "cifar-10"], ["--set", "dataset.name=cifar-10"]] {
      let outcome = try Tool.run(["train", "--set", "dataset.directory=absent"] + name, in: folder.path)
      #expect(outcome.exitCode == 65)
      #expect(outcome.output.contains("1 run of 3072-1000-1000-500-200-10 on"), "\(outcome.output)")
      #expect(outcome.errors.hasPrefix("whittle: absent"), "\(outcome.errors)")
    }
  }

  @Test("a form that the backend does not have is refused, not run as another")
  func format() throws {
    let folder = try TemporaryFolder()
    let config = try folder.config()
    let set = ["--set", "execution.format=sparse"]
    #expect(
      try refused(["run", config] + set, in: folder)
        .contains(#"--set execution.format=sparse: "sparse" needs an OpenCL device"#))
    let bench = ["bench", "step", "--device", "cpu", "--sparsity", "0.5", "--format", "sparse"]
    #expect(
      try refused(bench, in: folder).contains(#"--format sparse: "sparse" needs an OpenCL device"#))
    let text = try FileSystem.readText(folder(config))
      .replacing(#""execution": {"#, with: #""execution": {"format": "sparse", "#)
    try AtomicFile.write(text, to: folder(config))
    let errors = try refused(["run", config], in: folder, code: 65)
    #expect(errors.contains(#"tiny.json: execution.format: "sparse" needs an OpenCL device"#))
    #expect(
      try refused(["run", config, "--device", "cpu"], in: folder)
        .contains("execution.device comes from --device cpu"))
  }

  /// The flags of a command and of those below it, as its own description of itself has them.
  private func flags(of command: [String: Any]) -> Set<String> {
    let arguments = command["arguments"] as? [[String: Any]] ?? []
    let names = arguments.filter { $0["kind"] as? String == "flag" }
      .compactMap { ($0["preferredName"] as? [String: Any])?["name"] as? String }
    let commands = command["subcommands"] as? [[String: Any]] ?? []
    return commands.reduce(into: Set(names)) { $0.formUnion(flags(of: $1)) }
  }

  @Test("a flag that is repeated says the same as one")
  func repeatedFlags() throws {
    let folder = try TemporaryFolder()
    // Each command comes to refuse something else.
    let commands = [
      [
        "run", "absent.json", "--force", "--no-measure", "--retry", "--sequential", "--shared",
        "--skip-unreadable",
      ],
      ["slurm", "absent.json", "--dry-run"],
      ["evaluate", "absent", "--json"], ["predict", "absent", "--json", "--skip-unreadable"],
      ["plan", "absent.json", "--sparsity", "0.5", "--recalibrate"],
      ["bench", "step", "--device", "no such device", "--trained"],
      ["verify", "--device", "no such device", "--quick", "--until-failure"],
      ["verify", "--programs", "--kernels", "absent"],
      ["export", "absent", "--to", "onnx", "--output", "new", "--sparse"],
    ]
    for command in commands {
      let flags = command.filter {
        $0.hasPrefix("--") && !["--sparsity", "--device", "--kernels", "--to", "--output"].contains($0)
      }
      // What comes after a flag is other each time.
      let outcome = try Tool.run(command + Array(flags.reversed()), in: folder.path)
      #expect([1, 65, 69].contains(outcome.exitCode), "\(command): \(outcome.errors)")
    }
    let described = try Tool.run(["--experimental-dump-help"], in: folder.path)
    let json = try JSONSerialization.jsonObject(with: Data(described.output.utf8)) as? [String: Any]
    let whittle = try #require(json?["command"] as? [String: Any])
    let all = flags(of: whittle)
    #expect(all.contains("json") && all.contains("force"))
    let builtIn: Set = ["help", "version", "experimental-dump-help"]
    let tried = Set(commands.joined().filter { $0.hasPrefix("--") }.map { String($0.dropFirst(2)) })
    #expect(all.subtracting(builtIn).isSubset(of: tried), "one is not tried here")
  }

  @Test("a strategy without a sparsity is refused where it would mean nothing")
  func strategyAlone() throws {
    let folder = try TemporaryFolder()
    let config = try folder.config()
    for command in [
      ["plan", config], ["bench", "step"], ["train"], ["train", "--set", "pruning.sparsities=[0]"],
    ] {
      let errors = try refused(command + ["--strategy", "neuron"], in: folder)
      #expect(errors.contains("--strategy neuron: give --sparsity too"))
    }
  }

  @Test("costs that the CPU backend does not have are not measured anew")
  func recalibrate() throws {
    let folder = try TemporaryFolder()
    let errors = try refused(
      ["plan", try folder.config(), "--device", "cpu", "--sparsity", "0.5", "--recalibrate"], in: folder)
    #expect(errors.contains("--recalibrate: the CPU backend has no measured costs"))
  }

  @Test("a command that builds kernels takes them from WHITTLE_KERNELS", .needs(.openCL))
  func kernels() throws {
    let folder = try TemporaryFolder()
    let trained = try Tool.run(["run", try folder.config(epochs: 1, sparsities: "[0]")], in: folder.path)
    #expect(trained.exitCode == 0)
    let model = "out/runs/weight-s0-seed1/model.safetensors"
    let kernels = ["WHITTLE_KERNELS": "no-such-folder"]
    for command in [
      ["evaluate", model, "--device", "opencl"],
      ["plan", "tiny.json", "--device", "opencl", "--strategy", "weight", "--sparsity", "0.5"],
      ["run", "tiny.json", "--device", "opencl", "--output", "new"],
      ["bench", "step", "--device", "opencl", "--rounds", "1"],
    ] {
      let outcome = try Tool.run(command, in: folder.path, environment: kernels)
      #expect(outcome.exitCode == 1, "\(command)")
      #expect(outcome.errors.contains("kernel file no-such-folder/"), "\(command): \(outcome.errors)")
    }
  }

  @Test("~ is the home folder in options and in the config, where no shell replaces it")
  func home() throws {
    let folder = try TemporaryFolder()
    let config = try folder.config(epochs: 1, sparsities: "[0]")
    let home = ["HOME": folder.path]
    for arguments in [["run", config, "--output=~/one"], ["run", "~/tiny.json", "--set", "output=~/two"]] {
      let outcome = try Tool.run(arguments, in: folder.path, environment: home)
      #expect(outcome.exitCode == 0, "\(outcome.errors)")
    }
    for study in ["one", "two"] { #expect(FileSystem.exists(folder("\(study)/summary.csv"))) }
    let evaluated = try Tool.run(
      ["evaluate", "~/one/runs/weight-s0-seed1/model.safetensors", "--device", "cpu", "--test", "5"],
      in: folder.path, environment: home)
    #expect(evaluated.exitCode == 0, "\(evaluated.errors)")
    #expect(!FileSystem.exists(folder("~")))
  }
}
