import GraphExec
import Pruning
import Text

/// Dynamic sparse training: every `interval` steps a share of the entries is replaced, until `endEpoch`.
package struct DynamicSchedule: Equatable, Sendable {
  /// Where entries come.
  package var growth: Regrowth
  /// Steps from one change to the next, `delta_t`.
  package var interval: Int
  /// The share of a weight's entries that are replaced at the beginning, `alpha`.
  package var fraction: Double
  /// How that share goes down.
  package var decay: TopologySchedule.Decay
  /// After how many epochs nothing changes any more.
  package var endEpoch: Int

  init(_ growth: Regrowth, from section: ConfigSection, epochs: Int) {
    self.growth = growth
    interval = section.integer("delta_t", default: 100, 1...1_000_000_000)
    fraction = section.number(
      "alpha", default: 0.3, NumberRange(lower: 0, upper: 1, excludesLower: true))
    decay = section.name("decay", default: growth == .random ? .constant : .cosine)
    // Three quarters of the training, as in RigL: the entries of the end are to be trained, too.
    endEpoch = section.integer(
      "end_epoch", default: (3 * epochs + 3) / 4, isDefaultFixed: false, TrainingConfig.epochRange)
    if endEpoch > epochs {
      section.report(
        "end_epoch", "\(endEpoch) is after the last epoch; allowed: 1 to training.epochs, \(epochs)",
        involving: ["training.epochs"])
    }
  }
}

extension TopologySchedule.Decay: ConfigName {}
