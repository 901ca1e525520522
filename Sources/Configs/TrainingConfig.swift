import GraphExec
import Text

/// How the networks of a study are trained.
package struct TrainingConfig: Equatable, Sendable {
  /// Which weight matrices the optimizer updates.
  package enum TrainableLayers: String, ConfigName {
    case all
    case output
  }

  package var epochs: Int
  package var batchSize: Int
  /// Whether each epoch visits the images in a new order; it depends on the seed and the epoch alone.
  package var shuffle: Bool
  /// The optimizer, and the schedule of its learning rate.
  package var updates: UpdateRule
  /// The share of each label's target that all classes get alike.
  package var labelSmoothing: Double
  /// What a step makes of the images that it sees.
  package var augmentation: Augmentation
  /// One replicate of every run for each.
  package var seeds: [UInt64]
  package var trainableLayers: TrainableLayers

  package init(
    epochs: Int, batchSize: Int = 256, shuffle: Bool = true, updates: UpdateRule = UpdateRule(),
    labelSmoothing: Double = 0, augmentation: Augmentation = .none, seeds: [UInt64] = [1],
    trainableLayers: TrainableLayers = .all
  ) {
    self.epochs = epochs
    self.batchSize = batchSize
    self.shuffle = shuffle
    self.updates = updates
    self.labelSmoothing = labelSmoothing
    self.augmentation = augmentation
    self.seeds = seeds
    self.trainableLayers = trainableLayers
  }

  static let epochRange = 1...1_000_000

  init(from section: ConfigSection) {
    epochs = section.integer("epochs", default: nil, Self.epochRange)
    batchSize = section.integer("batch_size", default: 256, 1...65_536)
    shuffle = section.boolean("shuffle", default: true)
    updates = UpdateRule(from: section, epochs: epochs)
    labelSmoothing = section.float(
      "label_smoothing", default: 0, NumberRange(lower: 0, upper: 1, excludesUpper: true))
    augmentation = Augmentation(from: section.section("augmentation"))
    seeds = section.integers("seeds", default: [1], 0...UInt64.max)
    trainableLayers = section.name("trainable_layers", default: .all)
    section.finish()
  }

  var json: JSONObject {
    JSONObject([
      ("epochs", JSONValue(epochs)),
      ("batch_size", JSONValue(batchSize)),
      ("shuffle", .bool(shuffle)),
      ("optimizer", .object(updates.optimizer.json)),
      ("schedule", .object(updates.schedule.json)),
      ("label_smoothing", JSONValue(labelSmoothing)),
      ("augmentation", .object(augmentation.json)),
      ("seeds", .array(seeds.map { JSONValue($0) })),
      ("trainable_layers", .string(trainableLayers.rawValue)),
    ])
  }
}
