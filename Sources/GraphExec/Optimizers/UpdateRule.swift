/// How a model's parameters are updated: an optimizer, and how its learning rate goes over the epochs.
public struct UpdateRule: Sendable {
  /// The rule of a step.
  public var optimizer: any Optimizer
  /// The learning rate of each step.
  public var schedule: any RateSchedule

  /// Creates the pair.
  public init(_ optimizer: any Optimizer = Adam(), schedule: any RateSchedule = ConstantRate()) {
    self.optimizer = optimizer
    self.schedule = schedule
  }

  /// The learning rate of a step, computed in `Double` and rounded once.
  ///
  /// - Parameters:
  ///   - step: 0 for the first one.
  ///   - stepsPerEpoch: how many make an epoch.
  ///   - epochs: how many the training has in all.
  public func learningRate(step: Int, stepsPerEpoch: Int, epochs: Int) -> Float {
    Float(
      schedule.learningRate(
        optimizer.learningRate, step: step, stepsPerEpoch: stepsPerEpoch, epochs: epochs))
  }
}

extension UpdateRule: Equatable {
  /// Whether they update alike.
  public static func == (a: Self, b: Self) -> Bool {
    a.optimizer.equals(b.optimizer) && a.schedule.equals(b.schedule)
  }
}
