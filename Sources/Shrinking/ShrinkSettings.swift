import GraphExec

/// What a search makes small.
package enum ShrinkTarget: String, CaseIterable, Sendable {
  /// Bytes of the file.
  case size
  /// Time of inference.
  case inference
  /// Time of a training step.
  case training
}

/// What a search is asked for, and how it trains.
package struct ShrinkSettings: Sendable {
  /// How much less of the held-out images may be right, a fraction.
  package var maximumDrop: Double
  package var target: ShrinkTarget
  /// Seconds that it may take.
  package var seconds: Double
  package var seed: UInt64
  /// Images of a step.
  package var batchSize: Int
  /// The learning rate at the beginning of each training; it falls to 0 as half of a cosine.
  package var learningRate: Double
  package var augmentation: Augmentation
  package var labelSmoothing: Double

  package init(
    maximumDrop: Double, target: ShrinkTarget, seconds: Double, seed: UInt64 = 1, batchSize: Int = 256,
    learningRate: Double = 0.001, augmentation: Augmentation = .none, labelSmoothing: Double = 0
  ) {
    (self.maximumDrop, self.target, self.seconds, self.seed) = (maximumDrop, target, seconds, seed)
    (self.batchSize, self.learningRate) = (batchSize, learningRate)
    (self.augmentation, self.labelSmoothing) = (augmentation, labelSmoothing)
  }
}
