import Foundation
import Text

/// Rounds of training and pruning: a network is trained for `training.epochs` epochs, a share of its survivors is pruned, what
/// is left is set back, and so on until the sparsity is reached (Frankle & Carbin 2019; Renda et al. 2020).
///
/// After round `r` the sparsity is `1 - (1 - round_fraction)^r`, after the last one exactly that of the run. So round `r` is the
/// same for all sparsities that come after it.
package struct IterativeSchedule: Equatable, Sendable {
  /// What is set back after pruning.
  package enum Rewind: String, ConfigName {
    /// The survivors' values, to those of a step of the first training; slots and the learning rate's schedule to the start.
    case weights
    /// The learning rate's schedule and the slots alone, to the start; the survivors keep their values.
    case learningRate = "learning_rate"
  }

  /// The share of the survivors that a round prunes.
  package var roundFraction: Double
  package var rewind: Rewind
  /// The step of the first training whose values the survivors get; 0 for the initial ones.
  package var rewindStep: Int

  package init(roundFraction: Double = 0.2, rewind: Rewind = .weights, rewindStep: Int = 0) {
    self.roundFraction = roundFraction
    self.rewind = rewind
    self.rewindStep = rewindStep
  }

  private static let fractions = NumberRange(lower: 0.01, upper: 0.99)

  init(from section: ConfigSection) {
    roundFraction = section.number("round_fraction", default: 0.2, Self.fractions)
    rewind = section.name("rewind", default: .weights)
    rewindStep = section.integer("rewind_step", default: 0, 0...1_000_000_000)
    if rewind == .learningRate, rewindStep > 0 {
      section.report(
        "rewind_step",
        "\(rewindStep) is a step whose weights are to come back, and rewind \"learning_rate\" keeps the weights; "
          + "leave it out, or choose rewind \"weights\"", involving: [section.path("rewind")])
    }
  }

  /// The keys beside the name.
  func store(in object: inout JSONObject) {
    object["round_fraction"] = JSONValue(roundFraction)
    object["rewind"] = .string(rewind.rawValue)
    if rewind == .weights { object["rewind_step"] = JSONValue(rewindStep) }
  }

  /// The sparsity after so many rounds, as a decimal: 0.488 after three rounds of 0.2.
  package func sparsity(afterRounds rounds: Int) -> Double {
    ((1 - pow(1 - roundFraction, Double(rounds))) * 1e12).rounded() / 1e12
  }

  /// The rounds to a sparsity, of which the last one prunes as much as is left.
  package func rounds(to sparsity: Double) -> Int {
    var rounds = 0
    while self.sparsity(afterRounds: rounds) < sparsity - Self.slack { rounds += 1 }
    return rounds
  }

  /// Whether a sparsity is that after its last round, so that more rounds can follow on it.
  package func isWhole(_ sparsity: Double) -> Bool {
    Self.isSame(self.sparsity(afterRounds: rounds(to: sparsity)), sparsity)
  }

  /// Whether two sparsities are one, as a person may write it and as the power gives it.
  package static func isSame(_ a: Double, _ b: Double) -> Bool { abs(a - b) <= slack }

  private static let slack = 1e-12
}
