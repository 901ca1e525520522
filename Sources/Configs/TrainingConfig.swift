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
  package var optimizer: OptimizerConfig
  /// One replicate of every run for each.
  package var seeds: [UInt64]
  package var trainableLayers: TrainableLayers

  package init(
    epochs: Int, batchSize: Int = 256, shuffle: Bool = true, optimizer: OptimizerConfig = OptimizerConfig(),
    seeds: [UInt64] = [1], trainableLayers: TrainableLayers = .all
  ) {
    self.epochs = epochs
    self.batchSize = batchSize
    self.shuffle = shuffle
    self.optimizer = optimizer
    self.seeds = seeds
    self.trainableLayers = trainableLayers
  }

  static let epochRange = 1...1_000_000

  init(from section: ConfigSection) {
    epochs = section.integer("epochs", default: nil, Self.epochRange)
    batchSize = section.integer("batch_size", default: 256, 1...65_536)
    shuffle = section.boolean("shuffle", default: true)
    optimizer = OptimizerConfig(from: section.section("optimizer"))
    seeds = section.integers("seeds", default: [1], 0...UInt64.max)
    trainableLayers = section.name("trainable_layers", default: .all)
    section.finish()
  }

  var json: JSONObject {
    JSONObject([
      ("epochs", JSONValue(epochs)),
      ("batch_size", JSONValue(batchSize)),
      ("shuffle", .bool(shuffle)),
      ("optimizer", .object(optimizer.json)),
      ("seeds", .array(seeds.map { JSONValue($0) })),
      ("trainable_layers", .string(trainableLayers.rawValue)),
    ])
  }
}

/// Adam with bias correction (Kingma & Ba 2015).
package struct OptimizerConfig: Equatable, Sendable {
  package enum Name: String, ConfigName {
    case adam
  }

  package var name = Name.adam
  package var learningRate = 0.001
  package var beta1 = 0.9
  package var beta2 = 0.999
  package var epsilon = 1e-8

  package init() {}

  init(from section: ConfigSection) {
    let decay = NumberRange(lower: 0, upper: 1, excludesUpper: true)
    name = section.name("name", default: name)
    learningRate = section.float(
      "learning_rate", default: learningRate, NumberRange(lower: 0, upper: 10, excludesLower: true))
    beta1 = section.float("beta1", default: beta1, decay)
    beta2 = section.float("beta2", default: beta2, decay)
    epsilon = section.float(
      "epsilon", default: epsilon, NumberRange(lower: 0, upper: 1, excludesLower: true))
    section.finish()
  }

  var json: JSONObject {
    JSONObject([
      ("name", .string(name.rawValue)),
      ("learning_rate", JSONValue(learningRate)),
      ("beta1", JSONValue(beta1)),
      ("beta2", JSONValue(beta2)),
      ("epsilon", JSONValue(epsilon)),
    ])
  }
}
