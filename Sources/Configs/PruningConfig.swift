import GraphExec
import Pruning
import Text

/// Which networks a study prunes, how far, and when.
package struct PruningConfig: Equatable, Sendable {
  /// What is removed: single weights; whole units with their columns, biases and batch norms; blocks of weights; or as many
  /// weights of each group of a unit's inputs.
  package enum Strategy: String, ConfigName {
    case weight
    case neuron
    case block
    case groups = "n_m"
  }

  package var strategies: [Strategy]
  /// Fractions that are pruned, 0..<1; 0 is the unpruned control.
  package var sparsities: [Double]
  /// What ranks the candidates.
  package var criterion: CriterionName
  /// How many batches of training images it looks at, where it looks at any.
  package var criterionBatches: Int
  /// In how many rounds it prunes at one moment.
  package var criterionRounds: Int
  /// How a sparsity is shared out among the layers.
  package var scope: ScopeName
  /// Rows (inputs) and columns (outputs) of a block, where strategies have any.
  package var block = Self.standardBlock
  /// Inputs of a group, of which as many are pruned each: M of N:M sparsity.
  package var groupSize = Self.standardGroupSize
  /// Which layers are pruned, and which have a sparsity of their own.
  package var layers: LayerChoice
  /// So many candidates of each layer stay.
  package var minimumSurvivors: Int
  package var schedule: PruningSchedule
  /// What each pruned run is held against.
  package var controls: [Control]

  package init(
    strategies: [Strategy] = [.weight], sparsities: [Double] = [0], criterion: CriterionName = .standard,
    scope: ScopeName = .standard, layers: LayerChoice = LayerChoice(), minimumSurvivors: Int = 1,
    schedule: PruningSchedule = .constant, controls: [Control] = []
  ) {
    self.strategies = strategies
    self.sparsities = sparsities
    self.criterion = criterion
    criterionBatches = criterion.kind.batches
    criterionRounds = criterion.kind.rounds
    self.scope = scope
    self.layers = layers
    self.minimumSurvivors = minimumSurvivors
    self.schedule = schedule
    self.controls = controls
  }

  /// The engine's word for a strategy.
  package func unit(of strategy: Strategy) -> PruningUnit {
    switch strategy {
    case .weight: .weight
    case .neuron: .neuron
    case .block: .block(rows: block[0], columns: block[1])
    case .groups: .group(size: groupSize)
    }
  }

  static let standardBlock = [4, 4]
  static let standardGroupSize = 4
  static let blockKey = "block"
  static let groupSizeKey = "group_size"
  static let batchesKey = "criterion_batches"
  static let roundsKey = "criterion_rounds"
  private static let criterionRange = 1...10_000

  /// Of the most weights that a network may have, this prunes one.
  static let leastSparsity = 1 / Double(ModelConfig.maximumWeights)
  static let sparsityRange = NumberRange(lower: 0, upper: 1, excludesUpper: true)

  init(from section: ConfigSection, epochs: Int) {
    strategies = section.names("strategies", default: [.weight])
    sparsities = section.numbers("sparsities", default: [0], Self.sparsityRange).map { $0 == 0 ? 0 : $0 }
    for (index, sparsity) in sparsities.enumerated() where sparsity > 0 && sparsity < Self.leastSparsity {
      section.report(
        "sparsities[\(index)]",
        "\(DecimalText.shortest(sparsity)) prunes no weight of any network; allowed: 0, or "
          + "\(DecimalText.shortest(Self.leastSparsity)) to below 1")
    }
    criterion = section.name("criterion", default: .standard)
    criterionBatches = section.integer(
      Self.batchesKey, default: criterion.kind.batches, isDefaultFixed: false, Self.criterionRange)
    criterionRounds = section.integer(
      Self.roundsKey, default: criterion.kind.rounds, isDefaultFixed: false, Self.criterionRange)
    scope = section.name("scope", default: .standard)
    block = section.pair(Self.blockKey, default: Self.standardBlock, 1...4096)
    groupSize = section.integer(Self.groupSizeKey, default: Self.standardGroupSize, 2...64)
    layers = LayerChoice(
      prunesOutput: section.boolean("prune_output_layer", default: false),
      dense: Set(section.strings("dense_layers")),
      own: section.numbersByName("layers", Self.sparsityRange))
    minimumSurvivors = section.integer(
      "minimum_survivors", default: 1, 0...ModelConfig.maximumWeights)
    schedule = PruningSchedule(from: section, epochs: epochs, sparsities: sparsities)
    controls = section.names("controls", default: [])
    checkControls(section)
    checkCriterion(section)
    checkMovement(section)
    checkStructures(section)
    section.finish()
  }

  /// What is said of a criterion must mean something to it.
  private func checkCriterion(_ section: ConfigSection) {
    let kind = criterion.kind
    if section.members[Self.batchesKey] != nil, !kind.needs.contains(.data) {
      section.report(
        Self.batchesKey, "\(kind.name) looks at no images; leave it out", involving: ["pruning.criterion"])
    }
    if section.members[Self.roundsKey] != nil, kind.rounds == 1 {
      section.report(
        Self.roundsKey, "\(kind.name) prunes in one round; leave it out", involving: ["pruning.criterion"])
    } else if section.members[Self.roundsKey] != nil, schedule.name == .polynomial {
      section.report(
        Self.roundsKey, "a polynomial schedule is rounds itself; leave it out",
        involving: ["pruning.schedule"])
    }
  }

  /// What training adds up is nothing before its first step.
  private func checkMovement(_ section: ConfigSection) {
    guard criterion.kind.needs.contains(.movement), sparsities.contains(where: { $0 > 0 }) else { return }
    guard case .polynomial(let polynomial) = schedule else {
      return section.report(
        "criterion",
        "\(criterion.rawValue) is added up while a network is trained, and schedule \"\(schedule.name.rawValue)\" prunes "
          + "before its first step; choose schedule \"polynomial\"", involving: [section.path("schedule")])
    }
    if polynomial.beginEpoch == 0, polynomial.initialSparsity > 0 {
      section.report(
        "criterion",
        "\(criterion.rawValue) is added up while a network is trained, and the schedule begins to prune before its first "
          + "step; set schedule.begin_epoch or leave schedule.initial_sparsity at 0",
        involving: [section.path("schedule")])
    }
  }

  /// Controls need something that they are controls of, and are trained as long as it is once it is pruned.
  private func checkControls(_ section: ConfigSection) {
    guard !controls.isEmpty else { return }
    if !sparsities.contains(where: { $0 > 0 }) {
      section.report(
        "controls", "there is nothing to hold them against: no sparsity above 0 is asked for",
        involving: [section.path("sparsities")])
    }
    if case .oneShot(fineTuneEpochs: 0) = schedule {
      section.report(
        "controls",
        "they are trained for as many epochs as the pruned network, which has none; "
          + "set schedule.fine_tune_epochs", involving: [section.path("schedule.fine_tune_epochs")])
    }
  }

  var json: JSONObject {
    JSONObject([
      ("strategies", .array(strategies.map { .string($0.rawValue) })),
      ("sparsities", .array(sparsities.map { .number(DecimalText.plain($0)) })),
      ("criterion", .string(criterion.rawValue)),
      (Self.batchesKey, criterion.kind.needs.contains(.data) ? JSONValue(criterionBatches) : nil),
      (
        Self.roundsKey,
        criterion.kind.rounds > 1 && schedule.name != .polynomial ? JSONValue(criterionRounds) : nil
      ),
      ("scope", .string(scope.rawValue)),
      (
        Self.blockKey,
        strategies.contains(.block) ? .array(block.map { JSONValue($0) }) : nil
      ),
      (Self.groupSizeKey, strategies.contains(.groups) ? JSONValue(groupSize) : nil),
      ("layers", layers.own.isEmpty ? nil : .object(ownSparsities)),
      ("dense_layers", layers.dense.isEmpty ? nil : .array(layers.dense.sorted().map { .string($0) })),
      ("minimum_survivors", JSONValue(minimumSurvivors)),
      ("schedule", .object(schedule.json)),
      ("controls", controls.isEmpty ? nil : .array(controls.map { .string($0.rawValue) })),
      ("prune_output_layer", .bool(layers.prunesOutput)),
    ])
  }

  private var ownSparsities: JSONObject {
    JSONObject(
      layers.own.sorted { $0.key < $1.key }.map { ($0.key, JSONValue.number(DecimalText.plain($0.value))) })
  }
}
