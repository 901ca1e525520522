import Configs
import Files
import GraphExec
import Pruning
import TestSupport
import Testing
import Text

/// Protects that every criterion and scope can be had from a config, and that what does not fit is refused in one line.
@Suite("Criteria, scopes and layers in a config")
struct PruningConfigTests {
  private static let convolutions = """
    {"layers": [{"operation": "conv2d", "name": "first", "outputs": 8, "kernel": 3, "padding": 1},
      {"operation": "batch_norm"}, {"operation": "relu", "name": "out"},
      {"operation": "conv2d", "name": "second", "outputs": 8, "kernel": 3, "padding": 1},
      {"operation": "add", "inputs": ["second", "out"]},
      {"operation": "conv2d", "name": "third", "outputs": 4, "kernel": 1},
      {"operation": "flatten"}, {"operation": "linear", "name": "last", "outputs": 10}]}
    """

  private func config(_ pruning: String, model: String = #"{"layers": [784, 30, 20, 10]}"#) throws
    -> StudyConfig
  {
    let text = """
      {"name": "s", "dataset": {"name": "mnist"}, "model": \(model), "training": {"epochs": 20},
       "pruning": {"sparsities": [0.5], \(pruning)}}
      """
    return try StudyConfig(json: JSONParser.parse(text), source: "c.json")
  }

  /// A schedule that goes with a criterion.
  private static func schedule(_ criterion: any Criterion.Type) -> String {
    #""schedule": {"name": "\#(criterion.needs.contains(.movement) ? "polynomial" : "constant")"}"#
  }

  @Test("every criterion and scope is read by its name, and written so that the same one is read")
  func roundTrips() throws {
    for criterion in Criteria.all {
      for scope in Scopes.all {
        let strategy = criterion.ranksWeights ? "weight" : "neuron"
        let config = try config(
          """
          "criterion": "\(criterion.name)", "scope": "\(scope.name)", "strategies": ["\(strategy)"],
          "layers": {"first": 0.25}, "dense_layers": ["third"], "minimum_survivors": 3,
          \(Self.schedule(criterion))
          """,
          model: Self.convolutionsOf("batch_norm"))
        #expect(config.pruning.criterion.kind.name == criterion.name)
        #expect(config.pruning.scope.kind.name == scope.name)
        #expect(
          config.pruning.layers == LayerChoice(dense: ["third"], own: ["first": 0.25])
            && config.pruning.minimumSurvivors == 3)
        #expect(try StudyConfig(json: JSONParser.parse(config.json.pretty), source: "c.json") == config)
      }
    }
    let plain = try config(#""schedule": {"name": "constant"}"#).pruning
    #expect(plain.criterion.rawValue == "magnitude" && plain.scope.rawValue == "layer")
    #expect(plain.minimumSurvivors == 1 && plain.layers == LayerChoice())
  }

  @Test("a criterion looks at so many batches, and prunes in so many rounds, as it does or as is said")
  func options() throws {
    for kind in Criteria.all {
      let strategy = kind.ranksWeights ? "weight" : "neuron"
      let model = kind.name == BatchNormScale.name ? Self.convolutionsOf("batch_norm") : nil
      let dense = model == nil ? "layers.1" : "third"
      let pruning =
        #""criterion": "\#(kind.name)", "strategies": ["\#(strategy)"], "dense_layers": ["\#(dense)"], "#
        + Self.schedule(kind)
      func read(_ more: String = "") throws -> StudyConfig {
        try model.map { try config(pruning + more, model: $0) } ?? config(pruning + more)
      }
      let plain = try read()
      #expect(plain.pruning.criterionBatches == kind.batches && plain.pruning.criterionRounds == kind.rounds)
      if kind.needs.contains(.data) {
        let other = try read(#", "criterion_batches": 3"#)
        #expect(other.pruning.criterionBatches == 3)
        #expect(try StudyConfig(json: JSONParser.parse(other.json.pretty), source: "c.json") == other)
      } else {
        #expect(!plain.json.pretty.contains("criterion_batches"))
      }
      if kind.rounds > 1 { #expect(try read(#", "criterion_rounds": 7"#).pruning.criterionRounds == 7) }
    }
  }

  private static func convolutionsOf(_ sum: String) -> String {
    convolutions.replacing(
      #"{"operation": "add", "inputs": ["second", "out"]}"#, with: #"{"operation": "\#(sum)"}"#)
  }

  @Test(
    "what does not fit is refused, with what does",
    arguments: [
      (
        #""criterion": "magnitud""#,
        #"pruning.criterion: "magnitud" is not a valid name; did you mean "magnitude"? (valid: magnitude, l1_norm, "#
      ),
      (#""scope": "globl""#, #"pruning.scope: "globl" is not a valid name; did you mean "global"?"#),
      (
        #""layers": {"layers.7": 0.5}"#,
        #"pruning.layers.layers.7: "layers.7" is no layer with a weight; did you mean "layers.0"? (valid: layers.0, "#
      ),
      (
        #""dense_layers": ["layer.1"]"#,
        #"pruning.dense_layers: "layer.1" is no layer with a weight; did you mean "layers.1"?"#
      ),
      (
        #""layers": {"layers.0.relu": 0.5}"#,
        #"pruning.layers.layers.0.relu: layer "layers.0.relu" has no weight; those that have: layers.0, layers.1"#
      ),
      (
        #""layers": {"layers.0": 1}"#,
        "pruning.layers.layers.0: 1 is out of range; allowed: at least 0, below 1"
      ),
      (#""layers": {"layers.0": "x"}"#, #"pruning.layers.layers.0: expected a number, got "x""#),
      (#""layers": [0.5]"#, "pruning.layers: expected an object, got [0.5]"),
      (
        #""layers": {"layers.0": 0.5}, "dense_layers": ["layers.0"]"#,
        "pruning.layers.layers.0: stands in pruning.dense_layers, too"
      ),
      (
        #""layers": {"layers.2": 0.5}"#,
        "pruning.layers.layers.2: is the output layer, which is pruned only where pruning.prune_output_layer is true"
      ),
      (
        #""dense_layers": ["layers.0", "layers.1"]"#,
        #"pruning.dense_layers: leave strategy "weight" no layer to prune"#
      ),
      (
        #""criterion_batches": 2"#,
        "pruning.criterion_batches: magnitude looks at no images; leave it out"
      ),
      (
        #""criterion": "synflow", "criterion_batches": 2"#,
        "pruning.criterion_batches: synflow looks at no images; leave it out"
      ),
      (
        #""criterion": "snip", "criterion_rounds": 2"#,
        "pruning.criterion_rounds: snip prunes in one round; leave it out"
      ),
      (
        #""criterion": "synflow", "criterion_rounds": 2, "schedule": {"name": "polynomial"}"#,
        "pruning.criterion_rounds: a polynomial schedule is rounds itself; leave it out"
      ),
      (
        #""criterion": "movement""#,
        #"pruning.criterion: movement is added up while a network is trained, and schedule "constant" prunes before its first step; choose schedule "polynomial""#
      ),
      (
        #""criterion": "movement", "schedule": {"name": "polynomial", "initial_sparsity": 0.1}"#,
        "pruning.criterion: movement is added up while a network is trained, and the schedule begins to prune before its first step; set schedule.begin_epoch or leave schedule.initial_sparsity at 0"
      ),
      (
        #""minimum_survivors": -1"#, "pruning.minimum_survivors: -1 is out of range; allowed: 0 to 1000000000"
      ),
      (
        #""criterion": "batch_norm_scale""#,
        #"pruning.criterion: batch_norm_scale does not rank what strategy "weight" prunes; choose magnitude, l1_norm, random"#
      ),
      (
        #""criterion": "batch_norm_scale", "strategies": ["neuron"]"#,
        "pruning.criterion: batch_norm_scale needs a batch norm, and the units of layers.0 have none; give it one, or name "
          + "the layer in pruning.dense_layers"
      ),
    ])
  func refused(pruning: String, message: String) throws {
    let error = try #require(throws: (any Error).self) { try config(pruning) }
    #expect("\(error)".contains(message), "\(error)")
  }

  @Test("units that an addition ties together have one sparsity")
  func tiedUnits() throws {
    let model = Self.convolutions
    let tied = #""strategies": ["neuron"], "layers": {"first": 0.5, "second": 0.25}"#
    let error = try #require(throws: (any Error).self) { try config(tied, model: model) }
    #expect(
      "\(error)".contains(
        "pruning.layers.first: its units are those of second, too, which is to have another sparsity"),
      "\(error)")
    let left = #""strategies": ["neuron"], "layers": {"first": 0.5}, "dense_layers": ["second"]"#
    #expect(throws: (any Error).self) { try config(left, model: model) }
    // Entries are not tied, and a number for one of the two is for both.
    _ = try config(#""layers": {"first": 0.5, "second": 0.25}"#, model: model)
    _ = try config(#""strategies": ["neuron"], "layers": {"second": 0.25}"#, model: model)
  }

  @Test("a scope for a single layer, and for what others leave of it, is as good as any")
  func resolved() throws {
    for scope in Scopes.all {
      _ = try config(#""scope": "\#(scope.name)""#, model: #"{"layers": [784, 20, 10]}"#)
    }
    let dense = #""dense_layers": ["layers.0", "layers.1"]"#
    _ = try config(dense, model: #"{"layers": [784, 20, 20, 20, 10]}"#)
  }

  @Test("rounds of lottery tickets are read and written, and what contradicts them is refused")
  func iterative() throws {
    let tickets = try config(
      #""schedule": {"name": "iterative", "round_fraction": 0.5, "rewind_step": 100}"#)
    #expect(tickets.pruning.schedule == .iterative(IterativeSchedule(roundFraction: 0.5, rewindStep: 100)))
    let rate = try config(#""schedule": {"name": "iterative", "rewind": "learning_rate"}"#)
    #expect(rate.pruning.schedule == .iterative(IterativeSchedule(rewind: .learningRate)))
    for config in [tickets, rate] {
      #expect(try StudyConfig(json: JSONParser.parse(config.json.pretty), source: "c.json") == config)
    }
    for (schedule, problem) in [
      (#""round_fraction": 1"#, "pruning.schedule.round_fraction: 1 is out of range; allowed: 0.01 to 0.99"),
      (#""rewind_step": -1"#, "pruning.schedule.rewind_step: -1 is out of range; allowed: 0 to 1000000000"),
      (
        #""rewind": "learning_rate", "rewind_step": 5"#,
        "pruning.schedule.rewind_step: 5 is a step whose weights are to come back, and rewind \"learning_rate\" keeps the "
          + "weights; leave it out, or choose rewind \"weights\""
      ),
      (
        #""rewind": "weight""#,
        "pruning.schedule.rewind: \"weight\" is not a valid name; did you mean \"weights\"? (valid: weights, "
          + "learning_rate)"
      ),
      (#""fine_tune_epochs": 5"#, "pruning.schedule.fine_tune_epochs: unknown key; "),
    ] {
      let error = #expect(throws: ConfigError.self) {
        try config(#""schedule": {"name": "iterative", \#(schedule)}"#)
      }
      #expect(error?.problems.count == 1)
      #expect(error?.problems.first?.hasPrefix("c.json: \(problem)") == true, "\(error?.problems ?? [])")
    }
  }

  @Test("controls are read and written, and refused where there is nothing to hold against anything")
  func controls() throws {
    let all = PruningConfig.Control.allCases
    let names = all.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
    let config = try config("\"controls\": [\(names)]")
    #expect(config.pruning.controls == all)
    #expect(try StudyConfig(json: JSONParser.parse(config.json.pretty), source: "c.json") == config)
    #expect(!(try self.config(#""scope": "layer""#).json.pretty.contains("controls")))
    func problems(_ pruning: String, model: String = #"{"layers": [784, 30, 20, 10]}"#) -> [String] {
      let error = #expect(throws: ConfigError.self) { try self.config(pruning, model: model) }
      return error?.problems ?? []
    }
    #expect(
      problems(#""controls": ["new_weights"], "schedule": {"name": "one_shot"}"#) == [
        "c.json: pruning.controls: they are trained for as many epochs as the pruned network, which has none; set "
          + "schedule.fine_tune_epochs"
      ])
    #expect(
      problems(#""controls": ["equal_size"], "prune_output_layer": true"#, model: #"{"layers": [784, 10]}"#)
        == [
          "c.json: pruning.controls: equal_size takes units from hidden layers, and this network has none"
        ])
    #expect(
      problems(#""controls": ["equal_sizes"]"#) == [
        "c.json: pruning.controls[0]: \"equal_sizes\" is not a valid name; did you mean \"equal_size\"? (valid: "
          + "new_weights, shuffled_mask, random_mask, equal_size)"
      ])
    #expect(
      problems(#""controls": []"#) == ["c.json: pruning.controls: the list is empty; give at least one value"]
    )
    let text = """
      {"name": "s", "dataset": {"name": "mnist"}, "model": {"layers": [784, 30, 10]}, "training": {"epochs": 2},
       "pruning": {"controls": ["new_weights"]}}
      """
    let error = #expect(throws: ConfigError.self) {
      try StudyConfig(json: JSONParser.parse(text), source: "c.json")
    }
    #expect(
      error?.problems == [
        "c.json: pruning.controls: there is nothing to hold them against: no sparsity above 0 is asked for"
      ])
  }

  @Test("the README's tables have a row for each criterion and scope, as the lists have them")
  func readme() throws {
    let text = String(decoding: try FileSystem.read(Repository.root + "/README.md"), as: UTF8.self)
    for kind in Criteria.all {
      let strategies = PruningConfig.Strategy.allCases.filter { $0 == .neuron || kind.ranksWeights }
      let row =
        "| `\(kind.name)` | \(strategies.map { "`\($0.rawValue)`" }.joined(separator: ", ")) | \(kind.help) |"
      #expect(text.contains(row), "\(row)")
    }
    for kind in Scopes.all { #expect(text.contains("| `\(kind.name)` | \(kind.help) |"), "\(kind.name)") }
  }
}
