import GraphExec
import Pruning
import Text

/// When pruning happens.
package enum PruningSchedule: Equatable, Sendable {
  /// Rank and prune before every step.
  case constant
  /// Train `training.epochs` epochs dense, prune once, then train with the mask for `fineTuneEpochs` more.
  case oneShot(fineTuneEpochs: Int)
  /// The sparsity grows with the cube of the time (Zhu & Gupta 2017).
  case polynomial(PolynomialSchedule)
  /// Train `training.epochs` epochs, prune a share of the survivors, set them back, and again until the sparsity is reached
  /// (Frankle & Carbin 2019).
  case iterative(IterativeSchedule)
  /// Entries are replaced while training, by random ones (Mocanu et al. 2018) or by gradients (Evci et al. 2020).
  case dynamic(DynamicSchedule)

  package enum Name: String, ConfigName {
    case constant
    case oneShot = "one_shot"
    case polynomial
    case iterative
    case set
    case rigl
  }

  package var name: Name {
    switch self {
    case .constant: .constant
    case .oneShot: .oneShot
    case .polynomial: .polynomial
    case .iterative: .iterative
    case .dynamic(let schedule): schedule.growth == .random ? .set : .rigl
    }
  }

  /// Whether entries are replaced while a network trains.
  package var isDynamic: Bool { if case .dynamic = self { true } else { false } }

  /// Whether masks change after the first step.
  var changesLater: Bool {
    switch self {
    case .constant, .oneShot, .iterative: false
    case .polynomial, .dynamic: true
    }
  }

  init(from section: ConfigSection, epochs: Int, sparsities: [Double]) {
    let (name, object) = section.choice("schedule", among: Name.allCases) { $0.rawValue }
    switch name {
    case .constant: self = .constant
    case .oneShot:
      self = .oneShot(
        fineTuneEpochs: object.integer(
          "fine_tune_epochs", default: 0, 0...TrainingConfig.epochRange.upperBound))
    case .polynomial:
      self = .polynomial(PolynomialSchedule(from: object, epochs: epochs, sparsities: sparsities))
    case .iterative: self = .iterative(IterativeSchedule(from: object))
    case .set: self = .dynamic(DynamicSchedule(.random, from: object, epochs: epochs))
    case .rigl: self = .dynamic(DynamicSchedule(.gradient, from: object, epochs: epochs))
    }
    object.finish()
  }

  var json: JSONObject {
    var object = JSONObject([("name", .string(name.rawValue))])
    switch self {
    case .constant: break
    case .oneShot(let epochs): object["fine_tune_epochs"] = JSONValue(epochs)
    case .polynomial(let schedule):
      object["initial_sparsity"] = JSONValue(schedule.initialSparsity)
      object["begin_epoch"] = JSONValue(schedule.beginEpoch)
      object["end_epoch"] = JSONValue(schedule.endEpoch)
      object["frequency"] = JSONValue(schedule.frequency)
    case .iterative(let schedule): schedule.store(in: &object)
    case .dynamic(let schedule):
      object["delta_t"] = JSONValue(schedule.interval)
      object["alpha"] = JSONValue(schedule.fraction)
      object["decay"] = .string(schedule.decay.rawValue)
      object["end_epoch"] = JSONValue(schedule.endEpoch)
    }
    return object
  }
}

/// Growing sparsity: `s(t) = s_end + (s_initial - s_end) (1 - t)^3`, where t goes from 0 at `beginEpoch` to 1 at
/// `endEpoch` (Zhu & Gupta 2017).
package struct PolynomialSchedule: Equatable, Sendable {
  package var initialSparsity: Double
  /// How many epochs pass before pruning begins.
  package var beginEpoch: Int
  /// After how many epochs the target sparsity is reached.
  package var endEpoch: Int
  /// Steps from one pruning to the next.
  package var frequency: Int

  package init(initialSparsity: Double = 0, beginEpoch: Int = 0, endEpoch: Int, frequency: Int = 100) {
    self.initialSparsity = initialSparsity
    self.beginEpoch = beginEpoch
    self.endEpoch = endEpoch
    self.frequency = frequency
  }

  init(from section: ConfigSection, epochs: Int, sparsities: [Double]) {
    let epochRange = TrainingConfig.epochRange
    initialSparsity = section.number("initial_sparsity", default: 0, PruningConfig.sparsityRange)
    beginEpoch = section.integer("begin_epoch", default: 0, 0...epochRange.upperBound)
    endEpoch = section.integer("end_epoch", default: (epochs + 1) / 2, isDefaultFixed: false, epochRange)
    frequency = section.integer("frequency", default: 100, 1...1_000_000_000)
    if endEpoch > epochs {
      section.report(
        "end_epoch", "\(endEpoch) is after the last epoch; allowed: 1 to training.epochs, \(epochs)",
        involving: ["training.epochs"])
    }
    if beginEpoch >= endEpoch {
      section.report(
        "begin_epoch", "\(beginEpoch) is not before end_epoch, \(endEpoch)",
        involving: [section.path("end_epoch"), "training.epochs"])
    }
    // Runs at sparsity 0 are the unpruned control.
    if let least = sparsities.filter({ $0 > 0 }).min(), initialSparsity > least {
      section.report(
        "initial_sparsity",
        "\(DecimalText.plain(initialSparsity)) is above the smallest target in pruning.sparsities, "
          + DecimalText.plain(least), involving: ["pruning.sparsities"])
    }
  }
}
