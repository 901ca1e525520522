import Configs
import Files
import TestSupport
import Testing
import Text

/// Protects what people type: an option is followed or refused by its own name, and the refusal shows what to write.
@Suite("Config overrides")
struct OverrideTests {
  private static let file = """
    {"name": "s", "dataset": {"name": "mnist"}, "model": {"layers": [784, 10]}, "training": {"epochs": 4},
     "pruning": {"schedule": {"name": "polynomial", "end_epoch": 4}}}
    """

  private func load(_ file: String = Self.file, _ overrides: [ConfigOverride]) throws -> StudyConfig {
    try StudyConfig(json: JSONParser.parse(file), source: "c.json", overrides: overrides)
  }

  private func said(_ file: String = Self.file, _ overrides: String...) -> String {
    message { try load(file, overrides.map { try ConfigOverride($0) }).name }
  }

  @Test(
    "a value of --set is refused as such, with the form to write",
    arguments: [
      ("pruning.sparsities=0.9", "expected a list, got 0.9; write [0.9]"),
      (
        "pruning.sparsities=[.9]",
        #"expected a list, got "[.9]", which is not valid JSON (line 1, column 2: expected a value, got '.'); write [0.9]"#
      ),
      ("training.seeds=1 2", #"expected a list, got "1 2"; write [1,2]"#),
      ("pruning.strategies=weight", #"expected a list, got "weight"; write '["weight"]'"#),
      ("training.optimizer.learning_rate=.01", #"expected a number, got ".01"; write 0.01"#),
      ("training.optimizer.learning_rate=0,01", #"expected a number, got "0,01"; write 0.01"#),
      ("training.optimizer.beta1=90%", #"expected a number, got "90%"; write 0.9"#),
      ("dataset.train=60_000", #"expected a whole number, got "60_000"; write 60000"#),
      ("training.shuffle=no", #"expected true or false, got "no"; write false"#),
      ("output=7", #"expected a string, got 7; write '"7"'"#),
      ("pruning.schedule=one_shot", #"expected an object, got "one_shot"; write '{"name":"one_shot"}'"#),
      ("training.epoch=3", "unknown key; did you mean training.epochs?"),
      ("dataset.name=null", "missing; this key is required"),
    ])
  func form(override: String, expected: String) throws {
    #expect(said(Self.file, override) == "--set \(override): \(expected)")
  }

  @Test("an option of its own is blamed by its name, and the file where the file is wrong")
  func blame() throws {
    let epochs = ConfigOverride("training.epochs", JSONValue(0), option: "--epochs 0")
    let error = #expect(throws: ConfigError.self) { try load(overrides: [epochs]) }
    #expect(error?.problems.first == "--epochs 0: 0 is out of range; allowed: 1 to 1000000")
    let set = #"training={"epochs":0}"#
    #expect(said(Self.file, set).hasPrefix("--set \(set): training.epochs: 0 is out of range"))
    let wrong = Self.file.replacing("[784, 10]", with: "[784, 9]")
    let file = #expect(throws: ConfigError.self) {
      try load(wrong, [ConfigOverride("training.batch_size=0")])
    }
    #expect(file?.isOfCommandLine == false)
    #expect(file?.problems.first?.hasPrefix("c.json: model.layers[1]: 9 does not fit mnist") == true)
    #expect(file?.problems.last?.hasPrefix("--set training.batch_size=0: 0 is out of range") == true)
  }

  private func load(overrides: [ConfigOverride]) throws -> StudyConfig { try load(Self.file, overrides) }

  @Test("what an option makes wrong in the file names the option")
  func involved() throws {
    let error = #expect(throws: ConfigError.self) {
      try load(overrides: [ConfigOverride("training.epochs=3")])
    }
    #expect(error?.isOfCommandLine == true)
    #expect(
      error?.problems == [
        "c.json: pruning.schedule.end_epoch: 4 is after the last epoch; allowed: 1 to training.epochs, 3; "
          + "training.epochs comes from --set training.epochs=3"
      ])
  }

  @Test("what is wrong in the file is not blamed on an option beside it")
  func beside() throws {
    let file = Self.file.replacing(
      #""training": {"epochs": 4}"#, with: #""training": {"epochs": 4, "trainable_layers": "output"}"#)
    let error = #expect(throws: ConfigError.self) {
      try load(file, [ConfigOverride("pruning.schedule.end_epoch=3")])
    }
    #expect(error?.isOfCommandLine == false)
    #expect(error?.problems.count == 1)
    #expect(error?.problems.first?.hasPrefix("c.json: pruning.schedule.name: polynomial changes") == true)
  }

  @Test(
    "two values for one key are refused, whichever is the broader",
    arguments: [
      ["training.epochs=1", "training.epochs=3"],
      ["training.epochs=1", #"training={"epochs":3}"#],
      [#"training={"epochs":3}"#, "training.epochs=1"],
      ["training=1", "training.epochs=1"],
      ["dataset.train=5", "dataset.train=null"],
      ["model.initializer=normal", "model.initializer.name=he_normal"],
    ])
  func conflicts(overrides: [String]) throws {
    let text = message { try load(overrides: overrides.map { try ConfigOverride($0) }).name }
    #expect(text.hasPrefix("--set \(overrides[1]) and --set \(overrides[0]): both say what "), "\(text)")
  }

  @Test("values that go together are all followed")
  func together() throws {
    let texts = [
      #"training={"epochs":9,"batch_size":5}"#, "training.epochs=9", "training.shuffle=false",
      "model.initializer=normal", "model.initializer.std=2",
    ]
    let config = try load(overrides: texts.map { try ConfigOverride($0) })
    #expect(config.training == TrainingConfig(epochs: 9, batchSize: 5, shuffle: false))
    #expect(config.model.initializer == .normal(std: 2))
  }

  @Test(
    "a value that cannot have keys is not replaced by an object", arguments: ["null", "1", "[]", "\"x\""])
  func blocked(training: String) throws {
    let file = Self.file.replacing(#"{"epochs": 4}"#, with: training)
    #expect(
      said(file, "training.epochs=1")
        == "--set training.epochs=1: training is \(training) in the config, which has no keys; make it an object"
    )
    #expect(said(Self.file, "training.epochs.x=1").contains("training.epochs is 4 in the config"))
  }

  @Test(
    "null in a file is no value",
    arguments: ["training", "pruning", "model", "pruning.sparsities", "training.optimizer.beta1", "output"])
  func null(path: String) throws {
    var json = try JSONParser.parse(Self.file)
    // Another value first: null in an override removes the key.
    let mark = try ConfigOverride("\(path)=MARK")
    try ConfigOverride.apply([mark], to: &json)
    let text = json.compact.replacing("\"MARK\"", with: "null")
    #expect(said(text).contains("c.json: \(path): expected "))
    #expect(said(text).contains("got null; leave the key out for its default"))
  }

  @Test("a message quotes a line at most")
  func excerpts() throws {
    let long = String(repeating: "x", count: 100_000)
    for path in ["name", "training.epochs", "model.layers", "dataset.name", long] {
      for value in [long, "[\(long)", "\"a\\nb\\tc\""] {
        let text = said(Self.file, "\(path)=\(value)")
        #expect(text.split(separator: "\n").allSatisfy { $0.count < 400 }, "\(path)")
      }
    }
    #expect(Excerpt.of("a\r\nb\nc") == "a b c")
    #expect(Excerpt.of(long).count == 60)
  }

  @Test("a byte order mark at the start is skipped, and columns are counted without it")
  func byteOrderMark() throws {
    let folder = try TemporaryFolder()
    let mark: [UInt8] = [0xef, 0xbb, 0xbf]
    try AtomicFile.write(mark + Array(Self.file.utf8), to: folder("c.json"))
    #expect(try StudyConfig.load(path: folder("c.json")) == load(overrides: []))
    let text = message { try JSONParser.parse(mark + Array("[x".utf8)).kind }
    #expect(text == "line 1, column 2: expected a value, got 'x'")
    try AtomicFile.write(mark + Array("a,b\n1,2\n".utf8), to: folder("t.csv"))
    #expect(try CSVTable.read(folder("t.csv"), needing: ["a"]).columns == ["a", "b"])
  }

  @Test("~ is the person's home folder at the start of a path of the config, and nowhere else")
  func home() throws {
    let home = HomeFolder.expand("~")
    #expect(home.hasPrefix("/"))
    let config = try load(overrides: [
      ConfigOverride("dataset.directory=~/a~b"), ConfigOverride("output=~/runs/x"),
    ])
    #expect(config.dataset.directory == "\(home)/a~b")
    #expect(config.output == "\(home)/runs/x")
    #expect(HomeFolder.expand("~root/x") == "/root/x")
    for path in ["a/~/b", "~nobody-of-this-name/x", "", "/x"] { #expect(HomeFolder.expand(path) == path) }
  }

  @Test("a folder for a set that is built in is refused")
  func directory() throws {
    let text = said(Self.file, "dataset.name=synthetic-digits", "dataset.directory=d")
    #expect(text.hasPrefix("--set dataset.directory=d: the synthetic-digits are built in"))
  }
}
