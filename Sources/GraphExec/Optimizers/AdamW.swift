/// Adam whose weights decay beside it, not through its moments (Loshchilov & Hutter 2019): `w = (1 - rate decay) w`
/// before Adam's step.
public struct AdamW: Optimizer {
  /// `adamw`.
  public static let name = "adamw"
  /// The step beside the decay.
  public var adam: Adam
  /// The share of a weight that goes in a step, by the learning rate.
  public var weightDecay: Double

  /// Creates the rule; the defaults are PyTorch's.
  public init(_ adam: Adam = Adam(), weightDecay: Double = 0.01) {
    self.adam = adam
    self.weightDecay = weightDecay
  }

  /// That of Adam.
  public var learningRate: Double {
    get { adam.learningRate }
    set { adam.learningRate = newValue }
  }

  /// That of Adam.
  public var tracksMovement: Bool {
    get { adam.tracksMovement }
    set { adam.tracksMovement = newValue }
  }

  // MARK: in a config

  /// Adam's, and the decay.
  public static let options =
    Adam.options + [
      OptionDescription(
        "weight_decay", .number(0, 1), default: .number(0.01),
        "the share of a weight that goes in a step, by the learning rate")
    ]

  /// Creates the rule that a config describes.
  public init(_ values: OptionValues) {
    self.init(Adam(values), weightDecay: values.number("weight_decay"))
  }

  /// What a config says of it.
  public var optionValues: OptionValues {
    OptionValues(adam.optionValues.values.merging(["weight_decay": .number(weightDecay)]) { $1 })
  }

  // MARK: the rule

  /// With a decay that shows.
  public static let examples = [AdamW(weightDecay: 0.3)]
  /// Adam's file.
  public static let kernelFile = Adam.kernelFile
  /// Adam's moments.
  public var ownSlots: [String] { adam.ownSlots }
  /// Adam's, and the decay.
  public var flops: Int { adam.flops + 1 }
  /// Adam's, with the decay.
  public var numbers: [Float] { adam.numbers(weightDecay: weightDecay) }

  /// Adam's, with the decay.
  public func rule(step: Int, rate: Float) -> SIMD8<Float> {
    adam.rule(step: step, rate: rate, weightDecay: weightDecay)
  }

  /// Adam's; the rule holds the decay.
  public func update<Number: UpdateNumber>(
    _ entry: inout OptimizedEntry<Number>, gradient: Number, rule: SIMD8<Float>
  ) { adam.update(&entry, gradient: gradient, rule: rule) }
}
