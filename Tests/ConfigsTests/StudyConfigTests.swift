import Configs
import Datasets
import Files
import GraphExec
import Pruning
import TestSupport
import Testing
import Text

/// Protects what a config means, and what its author is told when it is wrong.
@Suite("Study config")
struct StudyConfigTests {
  private static let minimal = """
    {"name": "s", "dataset": {"name": "mnist"}, "model": {"layers": [784, 10]}, "training": {"epochs": 4}}
    """

  private func load(_ overrides: String...) throws -> StudyConfig {
    let folder = try TemporaryFolder()
    try AtomicFile.write(Self.minimal, to: folder("c.json"))
    return try StudyConfig.load(
      path: folder("c.json"), overrides: overrides.map { try ConfigOverride($0) })
  }

  /// The problems of a file like the minimal config with these changes, without the file's name.
  private func problems(_ changes: String...) throws -> [String] {
    let folder = try TemporaryFolder()
    var json = try JSONParser.parse(Self.minimal)
    try ConfigOverride.apply(changes.map { try ConfigOverride($0) }, to: &json)
    try AtomicFile.write(json.pretty, to: folder("c.json"))
    do {
      _ = try StudyConfig.load(path: folder("c.json"))
      return []
    } catch let error as ConfigError {
      return error.problems.map { $0.replacing(folder("c.json") + ": ", with: "") }
    }
  }

  @Test("absent keys have their defaults")
  func defaults() throws {
    let expected = StudyConfig(
      name: "s", dataset: DatasetConfig(name: .mnist, directory: "data/mnist"),
      model: ModelConfig(Network(layers: [784, 10])),
      training: TrainingConfig(epochs: 4))
    #expect(try load() == expected)
    #expect(expected.output == "runs/s")
    // The one value that the config with every key cannot have beside its schedule.
    #expect(try load("training.trainable_layers=output").training.trainableLayers == .output)
  }

  @Test("every key is read into its place and survives the canonical form")
  func everyKey() throws {
    let text = """
      {"$schema": "x", "name": "all", "description": "d",
       "dataset": {"name": "fashion-mnist", "directory": "d", "train": 100, "test": 50, "validation": 10},
       "model": {"layers": [784, 20, 10], "initializer": {"name": "normal", "std": 0.5}, "output_relu": true},
       "training": {"epochs": 9, "batch_size": 32, "shuffle": false,
         "optimizer": {"name": "adam", "learning_rate": 0.01, "beta1": 0.8, "beta2": 0.99, "epsilon": 1e-7},
         "seeds": [3, 18446744073709551615], "trainable_layers": "all"},
       "pruning": {"strategies": ["neuron", "weight"], "sparsities": [0, 0.5], "criterion": "magnitude",
         "scope": "layer", "schedule": {"name": "polynomial", "initial_sparsity": 0.25, "begin_epoch": 2,
         "end_epoch": 8, "frequency": 7}, "prune_output_layer": true},
       "metrics": {"accuracy": "cumulative", "histogram_interval": 3},
       "execution": {"device": "0:0", "concurrent_models": 1, "format": "sparse"}, "output": "o"}
      """
    let config = try StudyConfig(json: JSONParser.parse(text), source: "c")
    #expect(
      config.dataset
        == DatasetConfig(name: .fashionMNIST, directory: "d", train: 100, test: 50, validation: 10))
    #expect(
      config.model
        == ModelConfig(Network(layers: [784, 20, 10], outputRelu: true), initializer: .normal(std: 0.5)))
    let adam = Adam(learningRate: 0.01, beta1: 0.8, beta2: 0.99, epsilon: 1e-7)
    #expect(
      config.training
        == TrainingConfig(
          epochs: 9, batchSize: 32, shuffle: false, updates: UpdateRule(adam), seeds: [3, .max]))
    let schedule = PolynomialSchedule(initialSparsity: 0.25, beginEpoch: 2, endEpoch: 8, frequency: 7)
    #expect(
      config.pruning
        == PruningConfig(
          strategies: [.neuron, .weight], sparsities: [0, 0.5], layers: LayerChoice(prunesOutput: true),
          schedule: .polynomial(schedule)))
    #expect(config.metrics == MetricsConfig(accuracy: .cumulative, histogramInterval: 3))
    #expect(config.execution == ExecutionConfig(device: "0:0", concurrentModels: 1, format: .sparse))
    #expect(config.description == "d" && config.output == "o")
    #expect(try StudyConfig(json: JSONParser.parse(config.json.pretty), source: "c") == config)
  }

  @Test(
    "a sparsity that prunes no weight of any network is refused; each other one has a spelling of its own")
  func sparsities() throws {
    #expect(
      try problems("pruning.sparsities=[0.5, 1e-260]") == [
        "pruning.sparsities[1]: 1e-260 prunes no weight of any network; allowed: 0, or 1e-09 to below 1"
      ])
    let config = try load("pruning.sparsities=[-0.0, 1e-9, 0.5, 0.5000000001, 0.9999999999999999]")
    #expect(
      config.pruning.sparsities.map { DecimalText.plain($0) } == [
        "0", "0.000000001", "0.5", "0.5000000001", "0.9999999999999999",
      ])
  }

  @Test(
    "an unknown key is refused with the nearest valid one",
    arguments: [
      ("training.epoch=3", "training.epoch: unknown key; did you mean training.epochs?"),
      ("epochs=3", "epochs: unknown key; did you mean training.epochs?"),
      ("sparsity=3", "sparsity: unknown key; did you mean pruning.sparsities?"),
      (
        "execution.zzzzzzzz=3",
        "execution.zzzzzzzz: unknown key; valid keys: device, concurrent_models, format"
      ),
      ("pruning.schedule.end_epoch=3", "pruning.schedule.end_epoch: unknown key; valid keys: name"),
      (
        #"pruning.schedule={"name":"one_shot","fine_tune_epoch":1}"#,
        "pruning.schedule.fine_tune_epoch: unknown key; did you mean pruning.schedule.fine_tune_epochs?"
      ),
    ])
  func unknownKey(override: String, expected: String) throws {
    #expect(try problems(override) == [expected])
  }

  @Test(
    "a wrong type is refused with the value",
    arguments: [
      ("training.epochs=ten", "training.epochs: expected a whole number, got \"ten\""),
      ("training.epochs=2.5", "training.epochs: expected a whole number, got 2.5"),
      ("training.shuffle=1", "training.shuffle: expected true or false, got 1; write true"),
      ("training=3", "training: expected an object, got 3"),
      (
        "training.optimizer.learning_rate=fast",
        "training.optimizer.learning_rate: expected a number, got \"fast\""
      ),
      ("model.layers=784", "model.layers: expected a list, got 784; write [784]"),
      (#"model.layers=[784,"x",10]"#, "model.layers[1]: expected a whole number, got \"x\""),
      ("model.initializer=3", "model.initializer: expected an object, got 3"),
      ("output=3", #"output: expected a string, got 3; write "3""#),
      (
        "pruning.strategies=weight",
        #"pruning.strategies: expected a list, got "weight"; write ["weight"]"#
      ),
    ])
  func wrongType(override: String, expected: String) throws {
    #expect(try problems(override).contains(expected))
  }

  @Test(
    "an impossible value is refused with what is allowed",
    arguments: [
      ("training.epochs=0", "training.epochs: 0 is out of range; allowed: 1 to 1000000"),
      ("training.epochs=1e30", "training.epochs: 1e30 is out of range; allowed: 1 to 1000000"),
      ("training.batch_size=-1", "training.batch_size: -1 is out of range; allowed: 1 to 65536"),
      ("training.seeds=[-1]", "training.seeds[0]: -1 is out of range; allowed: 0 to 18446744073709551615"),
      ("training.seeds=[1,1]", "training.seeds[1]: 1 stands in this list twice"),
      ("training.seeds=[]", "training.seeds: the list is empty; give at least one value"),
      (
        "training.optimizer.learning_rate=0",
        "training.optimizer.learning_rate: 0 is out of range; allowed: above 0, at most 10"
      ),
      ("pruning.sparsities=[0,1]", "pruning.sparsities[1]: 1 is out of range; allowed: at least 0, below 1"),
      ("pruning.sparsities=[0.5,0.50]", "pruning.sparsities[1]: 0.50 stands in this list twice"),
      (
        #"pruning.strategies=["neurons"]"#,
        #"pruning.strategies[0]: "neurons" is not a valid name; did you mean "neuron"? (valid: weight, neuron, block, n_m)"#
      ),
      (
        "execution.format=spares",
        #"execution.format: "spares" is not a valid name; did you mean "sparse"? (valid: auto, dense, sparse)"#
      ),
      (
        "dataset.name=cifar10",
        #"dataset.name: "cifar10" is not a valid name; did you mean "cifar-10"? (valid: "#
          + (DatasetCatalog.names + DataFormats.all.map { $0.name }).joined(separator: ", ") + ")"
      ),
      ("model.layers=[784]", "model.layers: 1 widths; allowed: 2 to 64, from the input to the output"),
      (
        "model.layers=[100,10]",
        "model.layers[0]: 100 does not fit mnist, whose images have 28x28 = 784 values"
      ),
      (
        "dataset.name=cifar-10",
        "model.layers[0]: 784 does not fit cifar-10, whose images have 3x32x32 = 3072 values"
      ),
      ("model.layers=[784,9]", "model.layers[1]: 9 does not fit mnist, which has 10 classes"),
      (
        "model.layers=[784,65536,65536,10]",
        "model.layers: 4347002880 weights; at most 1000000000 are allowed"
      ),
      (
        #"pruning.schedule={"name":"polynomial","end_epoch":5}"#,
        "pruning.schedule.end_epoch: 5 is after the last epoch; allowed: 1 to training.epochs, 4"
      ),
      (
        #"pruning.schedule={"name":"polynomial","begin_epoch":3,"end_epoch":3}"#,
        "pruning.schedule.begin_epoch: 3 is not before end_epoch, 3"
      ),
      ("dataset.directory=", "dataset.directory: the path is empty"),
    ])
  func impossibleValue(override: String, expected: String) throws {
    #expect(try problems(override) == [expected])
  }

  @Test(
    "what stands beside a data set that is not known is not held against another", arguments: ["cifar10", ""])
  func unknownDataset(name: String) throws {
    for layers in ["[3072,20,10]", #"[{"operation":"flatten"},{"operation":"linear","outputs":7}]"#] {
      let found = try problems(
        #"dataset={"name":"\#(name)","directory":"d"}"#, "model.layers=\(layers)")
      #expect(found.count == 1)
      #expect(found.first?.hasPrefix("dataset.name: \"\(name)\" is not a valid name; ") == true)
    }
    #expect(
      try problems("dataset={}", "model.layers=[5,5]") == ["dataset.name: missing; this key is required"])
    #expect(try problems("dataset={}", "model.layers=[5]").count == 2)
  }

  @Test("a schedule that starts above a target is refused")
  func initialSparsity() throws {
    let found = try problems(
      "pruning.sparsities=[0,0.3]", #"pruning.schedule={"name":"polynomial","initial_sparsity":0.5}"#)
    #expect(
      found == [
        "pruning.schedule.initial_sparsity: 0.5 is above the smallest target in pruning.sparsities, 0.3"
      ])
  }

  @Test("a schedule that changes layers which are not trained is refused")
  func frozenSchedule() throws {
    let found = try problems("training.trainable_layers=output", #"pruning.schedule={"name":"polynomial"}"#)
    #expect(
      found == [
        "pruning.schedule.name: polynomial changes hidden layers while training, which training.trainable_layers "
          + "\"output\" computes once; choose constant or one_shot"
      ])
  }

  @Test(
    "a schedule that replaces weights is refused where there are none to replace", arguments: ["set", "rigl"])
  func dynamicSchedules(name: String) throws {
    let schedule = "pruning.schedule={\"name\":\"\(name)\"}"
    #expect(
      try problems(schedule, #"pruning.strategies=["weight","neuron"]"#) == [
        "pruning.schedule.name: \(name) replaces single weights, and strategy \"neuron\" prunes units; choose strategy "
          + "\"weight\" only"
      ])
    #expect(
      try problems(schedule, "execution.format=dense") == [
        "pruning.schedule.name: \(name) trains sparse weights, and execution.format \"dense\" allows none; choose auto "
          + "or sparse"
      ])
    #expect(
      try problems(schedule, "training.trainable_layers=output") == [
        "pruning.schedule.name: \(name) changes hidden layers while training, which training.trainable_layers "
          + "\"output\" computes once; choose constant or one_shot"
      ])
    #expect(
      try problems("pruning.schedule={\"name\":\"\(name)\",\"end_epoch\":5}") == [
        "pruning.schedule.end_epoch: 5 is after the last epoch; allowed: 1 to training.epochs, 4"
      ])
    #expect(try problems("pruning.schedule={\"name\":\"\(name)\",\"alpha\":0}").count == 1)
  }

  @Test("frozen layers are refused where more than one output of theirs is read")
  func frozenBranches() throws {
    let layers =
      #"model.layers=[{"operation":"flatten"},{"operation":"linear","outputs":10,"name":"a"},"#
      + #"{"operation":"linear","outputs":20},"#
      + #"{"operation":"linear","outputs":10,"name":"b"},{"operation":"add","inputs":["b","a"]}]"#
    #expect(
      try problems("training.trainable_layers=output", layers) == [
        #"training.trainable_layers: "output" needs a network that can be cut before its last layer with a weight; "#
          + "layer add1: reads a, so linear2 is not all that goes in"
      ])
  }

  @Test("every problem is reported, not just the first")
  func allProblems() throws {
    let found = try problems("training.epochs=null", "name=../x", "metrics.acuracy=epoch")
    #expect(
      found == [
        "training.epochs: missing; this key is required",
        #"name: "../x" is not a name for a folder; allowed: 1 to 100 letters, digits, '-', '_' and '.', "#
          + "not starting with '.'",
        "metrics.acuracy: unknown key; did you mean metrics.accuracy?",
      ])
  }

  @Test("a file that is missing, a folder or no JSON is a clear line")
  func badFiles() throws {
    let folder = try TemporaryFolder()
    let absent = folder("absent.json")
    #expect(
      message { try StudyConfig.load(path: absent) }
        == "cannot read \(absent): no such file or directory; check the path")
    #expect(
      message { try StudyConfig.load(path: folder.path) }
        == "cannot read \(folder.path): is a directory; a file is needed, this is a folder")
    #expect(message { try StudyConfig.load(path: "/dev/zero") }.hasPrefix("/dev/zero: has more than"))
    for (text, problem) in [
      ("{\n  \"name\": \"a\",\n  \"name\": 1}", "line 3, column 3: the key \"name\" stands here twice"),
      ("{\n  \"a\": 1,\n}", "line 3, column 1: expected a key in double quotes, got '}'"),
      ("", "line 1, column 1: expected a value, but the text ends here"),
    ] {
      try AtomicFile.write(text, to: folder("c.json"))
      #expect(
        message { try StudyConfig.load(path: folder("c.json")) }
          == "\(folder("c.json")): not valid JSON: \(problem)")
    }
    try AtomicFile.write("[1]", to: folder("c.json"))
    #expect(
      message { try StudyConfig.load(path: folder("c.json")) }
        == "\(folder("c.json")): expected a JSON object, got an array")
  }

  @Test("overrides take JSON values or bare strings, make objects on the way, and null removes a key")
  func overrides() throws {
    let config = try load(
      "execution.device=Portable Computing", "pruning.sparsities=[0,0.5]", "training.optimizer.beta1=0.8",
      "dataset.train=null", "description=a=b", "model.initializer=normal",
      "model.initializer.std=2")
    #expect(config.execution.device == "Portable Computing")
    #expect(config.pruning.sparsities == [0, 0.5])
    #expect((config.training.updates.optimizer as? Adam)?.beta1 == 0.8)
    #expect(config.dataset.train == nil)
    #expect(config.description == "a=b")
    #expect(config.model.initializer == .normal(std: 2))
    #expect(message { try load("training.epochs") }.contains("expected key.path=value"))
    #expect(message { try load(".a=3") }.contains("expected key.path=value"))
  }

  @Test("the differences between two configs are listed by key")
  func differences() throws {
    let old = try load()
    let new = try load("training.epochs=5", "dataset.train=100", "execution.concurrent_models=1")
    let differences = new.differences(from: old)
    #expect(
      differences.map(\.description) == [
        "dataset.train: absent -> 100", "training.epochs: 4 -> 5", "execution.concurrent_models: 2 -> 1",
      ])
    #expect(differences.map(\.affectsResults) == [true, true, false])
    #expect(old.differences(from: new).last?.description == "dataset.train: 100 -> absent")
    #expect(old.differences(from: old).isEmpty)
  }
}
