/// The optimizer's learning rate in every step after the warm-up.
public struct ConstantRate: RateSchedule {
  /// `constant`.
  public static let name = "constant"
  /// It does not.
  public static let spansTraining = false
  /// Epochs of warm-up.
  public var warmupEpochs: Double

  /// Creates the schedule.
  public init(warmupEpochs: Double = 0) { self.warmupEpochs = warmupEpochs }

  /// The warm-up.
  public static let options = [OptionDescription.warmup]
  /// Creates the schedule that a config describes.
  public init(_ values: OptionValues) { self.init(warmupEpochs: values.number("warmup_epochs")) }
  /// What a config says of it.
  public var optionValues: OptionValues { ["warmup_epochs": .number(warmupEpochs)] }

  /// The optimizer's.
  public func learningRate(_ rate: Double, at epoch: Double, of epochs: Double) -> Double { rate }
}
