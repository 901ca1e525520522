import Foundation

/// A learning rate that falls along half a cosine from the optimizer's to a least one at the end of the training
/// (Loshchilov & Hutter 2017, without restarts), as PyTorch's `CosineAnnealingLR` stepped by batches.
public struct CosineRate: RateSchedule {
  /// `cosine`.
  public static let name = "cosine"
  /// It does.
  public static let spansTraining = true
  /// Where the rate ends.
  public var minimum: Double
  /// Epochs of warm-up; the cosine takes those that are left.
  public var warmupEpochs: Double

  /// Creates the schedule.
  public init(minimum: Double = 0, warmupEpochs: Double = 0) {
    self.minimum = minimum
    self.warmupEpochs = warmupEpochs
  }

  /// The least rate and the warm-up.
  public static let options = [
    OptionDescription("minimum", .number(0, 10), default: .number(0), "the learning rate at the end"),
    .warmup,
  ]

  /// Creates the schedule that a config describes.
  public init(_ values: OptionValues) {
    self.init(minimum: values.number("minimum"), warmupEpochs: values.number("warmup_epochs"))
  }

  /// What a config says of it.
  public var optionValues: OptionValues {
    ["minimum": .number(minimum), "warmup_epochs": .number(warmupEpochs)]
  }

  /// `minimum + (rate - minimum) (1 + cos(pi t)) / 2`, t going from 0 after the warm-up to 1 at the end.
  public func learningRate(_ rate: Double, at epoch: Double, of epochs: Double) -> Double {
    let time = min((epoch - warmupEpochs) / max(epochs - warmupEpochs, .leastNormalMagnitude), 1)
    return minimum + (rate - minimum) * (1 + cos(.pi * time)) / 2
  }
}
