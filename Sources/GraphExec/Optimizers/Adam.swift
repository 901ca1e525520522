import Foundation

/// Adam with bias correction (Kingma & Ba 2015).
public struct Adam: Optimizer {
  /// `adam`.
  public static let name = "adam"
  /// Step size.
  public var learningRate: Double
  /// Decay of the first moment.
  public var beta1: Double
  /// Decay of the second moment.
  public var beta2: Double
  /// Added to the root of the second moment.
  public var epsilon: Double
  /// Whether movement is added up, too.
  public var tracksMovement = false

  /// Creates the rule; the defaults are the paper's.
  public init(
    learningRate: Double = 0.001, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8
  ) {
    self.learningRate = learningRate
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
  }

  // MARK: in a config

  /// The learning rate, the moments' decays and epsilon.
  public static let options = [
    .learningRate(0.001),
    OptionDescription(
      "beta1", .number(0, 1, excludesUpper: true), default: .number(0.9),
      "the decay of the gradient's running mean"),
    OptionDescription(
      "beta2", .number(0, 1, excludesUpper: true), default: .number(0.999),
      "the decay of the squared gradient's running mean"),
    OptionDescription(
      "epsilon", .number(0, 1, excludesLower: true), default: .number(1e-8),
      "added to the root of the squared gradient's mean"),
  ]

  /// Creates the rule that a config describes.
  public init(_ values: OptionValues) {
    self.init(
      learningRate: values.number("learning_rate"), beta1: values.number("beta1"),
      beta2: values.number("beta2"), epsilon: values.number("epsilon"))
  }

  /// What a config says of it.
  public var optionValues: OptionValues {
    [
      "learning_rate": .number(learningRate), "beta1": .number(beta1), "beta2": .number(beta2),
      "epsilon": .number(epsilon),
    ]
  }

  // MARK: the rule

  /// The paper's numbers.
  public static let examples = [Adam()]
  /// The file that AdamW has, too.
  public static let kernelFile = "adam"
  /// The two moments.
  public var ownSlots: [String] { ["first_moment", "second_moment"] }
  /// Counted in the formula.
  public var flops: Int { 12 }
  /// The decays, epsilon, the decays' logarithms, and no weight decay.
  public var numbers: [Float] { numbers(weightDecay: 0) }

  /// What `adam.cl` is given. The logarithms are those of the rounded decays, since the kernels' 1 - beta is rounded, too.
  func numbers(weightDecay: Double) -> [Float] {
    let (beta1, beta2) = (Float(beta1), Float(beta2))
    return [
      beta1, beta2, Float(epsilon), Float(log(Double(beta1))), Float(log(Double(beta2))), Float(weightDecay),
    ]
  }

  /// The bias corrections, in `Double`.
  public func rule(step: Int, rate: Float) -> SIMD8<Float> { rule(step: step, rate: rate, weightDecay: 0) }

  func rule(step: Int, rate: Float, weightDecay: Double) -> SIMD8<Float> {
    let (beta1, beta2, step) = (Float(beta1), Float(beta2), Double(step))
    return [
      Float(Double(rate) / (1 - pow(Double(beta1), step))),
      Float(1 / (1 - pow(Double(beta2), step)).squareRoot()), beta1, beta2, Float(epsilon),
      Float(1 - Double(rate) * Double(Float(weightDecay))), 0, 0,
    ]
  }

  /// `m = beta1 m + (1 - beta1) g`, `v = beta2 v + (1 - beta2) g²`, `w = w - size m / (sqrt(v) correction + epsilon)`.
  public func update<Number: UpdateNumber>(
    _ entry: inout OptimizedEntry<Number>, gradient: Number, rule: SIMD8<Float>
  ) {
    let (beta1, beta2) = (Number(rule[2]), Number(rule[3]))
    let (rest1, rest2) = (Number(1 - rule[2]), Number(1 - rule[3]))
    entry.slot0 = entry.slot0 * beta1 + rest1 * gradient
    entry.slot1 = entry.slot1 * beta2 + rest2 * (gradient * gradient)
    entry.value =
      entry.value * Number(rule[5]) - Number(rule[0]) * entry.slot0
      / (entry.slot1.squareRoot() * Number(rule[1]) + Number(rule[4]))
  }
}
