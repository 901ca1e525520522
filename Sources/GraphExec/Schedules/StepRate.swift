import Foundation

/// A learning rate that falls by a factor after given epochs, as PyTorch's `MultiStepLR`.
public struct StepRate: RateSchedule {
  /// `step`.
  public static let name = "step"
  /// It does not.
  public static let spansTraining = false
  /// After how many epochs it falls, each time.
  public var milestones: [Int]
  /// What it is multiplied with.
  public var gamma: Double
  /// Epochs of warm-up.
  public var warmupEpochs: Double

  /// Creates the schedule; the milestones ascend.
  public init(milestones: [Int], gamma: Double = 0.1, warmupEpochs: Double = 0) {
    self.milestones = milestones
    self.gamma = gamma
    self.warmupEpochs = warmupEpochs
  }

  /// Milestones, factor and warm-up.
  public static let options = [
    OptionDescription(
      "milestones", .ascending(1...1_000_000), "after how many epochs the rate falls, each time"),
    OptionDescription(
      "gamma", .number(0, 1, excludesLower: true), default: .number(0.1), "what the rate is multiplied with"),
    .warmup,
  ]

  /// Creates the schedule that a config describes.
  public init(_ values: OptionValues) {
    self.init(
      milestones: values.integers("milestones"), gamma: values.number("gamma"),
      warmupEpochs: values.number("warmup_epochs"))
  }

  /// What a config says of it.
  public var optionValues: OptionValues {
    [
      "milestones": .integers(milestones), "gamma": .number(gamma), "warmup_epochs": .number(warmupEpochs),
    ]
  }

  /// The optimizer's, times `gamma` for each milestone passed.
  public func learningRate(_ rate: Double, at epoch: Double, of epochs: Double) -> Double {
    rate * pow(gamma, Double(milestones.count { Double($0) <= epoch }))
  }
}
