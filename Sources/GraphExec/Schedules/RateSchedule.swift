/// How the learning rate goes over a training.
public protocol RateSchedule: Configurable, Hashable {
  /// Whether the rates depend on how many epochs there are in all, so that more of them change those before.
  static var spansTraining: Bool { get }
  /// Epochs over which the rate first rises, in equal parts from step to step.
  var warmupEpochs: Double { get }
  /// The learning rate at a moment after the warm-up.
  ///
  /// - Parameters:
  ///   - rate: the optimizer's.
  ///   - epoch: epochs since the start of the training, with the part of the one under way.
  ///   - epochs: how many the training has in all.
  func learningRate(_ rate: Double, at epoch: Double, of epochs: Double) -> Double
}

extension RateSchedule {
  /// The learning rate of a step.
  ///
  /// Warming up takes `ceil(warmupEpochs stepsPerEpoch)` steps; the step after them is the first that the schedule gives,
  /// and they rise to its rate.
  ///
  /// - Parameter step: 0 for the first one.
  func learningRate(_ rate: Double, step: Int, stepsPerEpoch: Int, epochs: Int) -> Double {
    let warmup = Int((warmupEpochs * Double(stepsPerEpoch)).rounded(.up))
    func scheduled(_ step: Int) -> Double {
      learningRate(rate, at: Double(step) / Double(stepsPerEpoch), of: Double(epochs))
    }
    return step < warmup ? scheduled(warmup) * Double(step + 1) / Double(warmup + 1) : scheduled(step)
  }

  func equals(_ other: any RateSchedule) -> Bool { (other as? Self) == self }
}

extension OptionDescription {
  /// The warm-up of a schedule.
  static let warmup = OptionDescription(
    "warmup_epochs", .number(0, 1_000_000), default: .number(0),
    "epochs over which the learning rate first rises, in equal parts from step to step")
}
