import Text

/// Which networks a study prunes, how far, and when.
package struct PruningConfig: Equatable, Sendable {
  /// What is removed: single weights, or whole units with their columns, biases and batch norms.
  package enum Strategy: String, ConfigName {
    case weight
    case neuron
  }

  /// What ranks the candidates.
  package enum Criterion: String, ConfigName {
    /// The absolute value of a weight; the L2 norm of a unit's columns.
    case magnitude
  }

  /// Which candidates are ranked together.
  package enum Scope: String, ConfigName {
    /// Each matrix reaches the sparsity.
    case layer
  }

  package var strategies: [Strategy]
  /// Fractions of each matrix that are pruned, 0..<1; 0 is the unpruned control.
  package var sparsities: [Double]
  package var criterion: Criterion
  package var scope: Scope
  package var schedule: PruningSchedule
  package var pruneOutputLayer: Bool

  package init(
    strategies: [Strategy] = [.weight], sparsities: [Double] = [0], criterion: Criterion = .magnitude,
    scope: Scope = .layer, schedule: PruningSchedule = .constant, pruneOutputLayer: Bool = false
  ) {
    self.strategies = strategies
    self.sparsities = sparsities
    self.criterion = criterion
    self.scope = scope
    self.schedule = schedule
    self.pruneOutputLayer = pruneOutputLayer
  }

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
    criterion = section.name("criterion", default: .magnitude)
    scope = section.name("scope", default: .layer)
    schedule = PruningSchedule(from: section, epochs: epochs, sparsities: sparsities)
    pruneOutputLayer = section.boolean("prune_output_layer", default: false)
    section.finish()
  }

  var json: JSONObject {
    JSONObject([
      ("strategies", .array(strategies.map { .string($0.rawValue) })),
      ("sparsities", .array(sparsities.map { .number(DecimalText.plain($0)) })),
      ("criterion", .string(criterion.rawValue)),
      ("scope", .string(scope.rawValue)),
      ("schedule", .object(schedule.json)),
      ("prune_output_layer", .bool(pruneOutputLayer)),
    ])
  }
}
