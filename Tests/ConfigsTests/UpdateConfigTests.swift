import Configs
import Files
import GraphExec
import TestSupport
import Testing
import Text

/// Protects that every optimizer and schedule can be had from a config, with its options checked and shown.
@Suite("Optimizers and schedules in a config")
struct UpdateConfigTests {
  private func updates(_ training: String) throws -> UpdateRule {
    let text = """
      {"name": "s", "dataset": {"name": "mnist"}, "model": {"layers": [784, 10]},
       "training": {"epochs": 20, \(training)}}
      """
    return try StudyConfig(json: JSONParser.parse(text), source: "c.json").training.updates
  }

  @Test("the keys reach the rule that is named, and the config that is written says the same")
  func read() throws {
    let sgd = #""optimizer": {"name": "sgd", "learning_rate": 0.1, "momentum": 0.9, "weight_decay": 1e-4}"#
    let cosine = #""schedule": {"name": "cosine", "minimum": 0.001, "warmup_epochs": 1.5}"#
    #expect(
      try updates("\(sgd), \(cosine)")
        == UpdateRule(
          SGD(learningRate: 0.1, momentum: 0.9, weightDecay: 1e-4),
          schedule: CosineRate(minimum: 0.001, warmupEpochs: 1.5)))
    #expect(
      try updates(#""optimizer": {"name": "adamw"}, "schedule": {"name": "step", "milestones": [10, 15]}"#)
        == UpdateRule(AdamW(), schedule: StepRate(milestones: [10, 15])))
    #expect(try updates(#""shuffle": true"#) == UpdateRule(Adam(), schedule: ConstantRate()))
  }

  @Test("every optimizer and schedule is written so that the same one is read")
  func roundTrips() throws {
    for optimizer in Optimizers.all.flatMap({ $0.examples as [any Optimizer] }) {
      for schedule in [ConstantRate(warmupEpochs: 2), StepRate(milestones: [3, 9]), CosineRate()]
        as [any RateSchedule]
      {
        var config = StudyConfig(
          name: "s", dataset: DatasetConfig(name: .mnist, directory: "d"),
          model: ModelConfig(Network(layers: [784, 10])),
          training: TrainingConfig(epochs: 10))
        config.training.updates = UpdateRule(optimizer, schedule: schedule)
        #expect(try StudyConfig(json: JSONParser.parse(config.json.pretty), source: "c.json") == config)
      }
    }
  }

  @Test(
    "what does not fit is refused, with what does",
    arguments: [
      (
        #""optimizer": {"name": "adm"}"#,
        #"training.optimizer.name: "adm" is not a valid name; did you mean "adam"? (valid: adam, "#
      ),
      (
        #""optimizer": {"name": "sgd", "momentun": 0.9}"#,
        "training.optimizer.momentun: unknown key; did you mean training.optimizer.momentum?"
      ),
      (
        #""optimizer": {"name": "sgd", "beta1": 0.9}"#,
        "training.optimizer.beta1: unknown key; valid keys: name, learning_rate, momentum"
      ),
      (
        #""optimizer": {"name": "sgd", "momentum": 1}"#,
        "training.optimizer.momentum: 1 is out of range; allowed: at least 0, below 1"
      ),
      (
        #""optimizer": {"name": "sgd", "nesterov": true}"#,
        "training.optimizer.nesterov: needs a momentum; give one above 0"
      ),
      (
        #""schedule": {"name": "cosin"}"#,
        #"training.schedule.name: "cosin" is not a valid name; did you mean "cosine"? (valid: constant, "#
      ),
      (
        #""learning_rate": 0.1"#,
        "training.learning_rate: unknown key; did you mean training.optimizer.learning_rate?"
      ),
      (#""schedule": {"name": "step"}"#, "training.schedule.milestones: missing; this key is required"),
      (
        #""schedule": {"name": "step", "milestones": [9, 3]}"#,
        "training.schedule.milestones: 3 does not belong after 9; each number must be larger than the one before"
      ),
      (
        #""schedule": {"warmup_epochs": 21}"#,
        "training.schedule.warmup_epochs: 21 is more than training.epochs, 20"
      ),
      (
        #""schedule": {"warmup_epochs": 3}}, "pruning": {"schedule": {"name": "one_shot", "fine_tune_epochs": 2}"#,
        "training.schedule.warmup_epochs: 3 is more than pruning.schedule.fine_tune_epochs, 2, which warm up on their own"
      ),
    ])
  func refused(training: String, message: String) throws {
    let error = try #require(throws: (any Error).self) { try updates(training) }
    #expect("\(error)".contains(message), "\(error)")
  }

  @Test("a training without a fine-tuning may warm up for as long as it has epochs")
  func warmup() throws {
    for schedule in [#"{"name": "one_shot"}"#, #"{"name": "one_shot", "fine_tune_epochs": 20}"#] {
      let rule = try updates(#""schedule": {"warmup_epochs": 20}}, "pruning": {"schedule": \#(schedule)"#)
      #expect(rule.schedule.warmupEpochs == 20)
    }
  }

  @Test(
    "an option of any kind without a default is missing where nothing is said, and nothing else is said of it"
  )
  func missing() {
    let options = [
      OptionDescription("whole", .integer(3...5), "a whole number"),
      OptionDescription("number", .number(0, 1, excludesLower: true, excludesUpper: true), "a number"),
      OptionDescription("flag", .flag, "yes or no"),
      OptionDescription("list", .ascending(1...9), "whole numbers"),
    ]
    let reader = ConfigReader()
    _ = reader.root(JSONObject([])).values(options)
    #expect(
      reader.problems.map { $0.line(source: "c", overrides: []) }
        == options.map { "c: \($0.name): missing; this key is required" })
    #expect(reader.fields.allSatisfy { $0.isRequired && $0.defaultValue == nil })
  }

  @Test("the README's tables have a row for each option, as the lists have it")
  func readme() throws {
    let text = String(decoding: try FileSystem.read(Repository.root + "/README.md"), as: UTF8.self)
    let kinds = Optimizers.all as [any Configurable.Type] + RateSchedules.all + LayerOperations.all
    for row in kinds.flatMap(rows) { #expect(text.contains(row), "\(row)") }
  }

  /// A row for each option; of what has none, the beginning of its only row.
  private func rows(_ kind: any Configurable.Type) -> [String] {
    guard !kind.options.isEmpty else { return ["| `\(kind.name)` | | | "] }
    return kind.options.map { option in
      let value = option.defaultValue?.json.compact ?? "required"
      return "| `\(kind.name)` | `\(option.name)` | \(value) | \(option.help) |"
    }
  }
}
