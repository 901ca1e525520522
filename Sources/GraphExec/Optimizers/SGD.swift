/// Stochastic gradient descent with momentum, Nesterov's (Sutskever et al. 2013), and weight decay, as PyTorch's `SGD`.
public struct SGD: Optimizer {
  /// `sgd`.
  public static let name = "sgd"
  /// Step size.
  public var learningRate: Double
  /// The share of the velocity that stays from step to step; 0 for none.
  public var momentum: Double
  /// The share of the gradient that the velocity does not take up, from the second step on.
  public var dampening: Double
  /// The share of a weight that is added to its gradient.
  public var weightDecay: Double
  /// Whether a step looks ahead along the velocity.
  public var nesterov: Bool
  /// Whether movement is added up, too.
  public var tracksMovement = false

  /// Creates the rule.
  public init(
    learningRate: Double = 0.01, momentum: Double = 0, dampening: Double = 0, weightDecay: Double = 0,
    nesterov: Bool = false
  ) {
    self.learningRate = learningRate
    self.momentum = momentum
    self.dampening = dampening
    self.weightDecay = weightDecay
    self.nesterov = nesterov
  }

  // MARK: in a config

  /// The learning rate, the velocity's, and the decay.
  public static let options = [
    .learningRate(0.01),
    OptionDescription(
      "momentum", .number(0, 1, excludesUpper: true), default: .number(0),
      "the share of the velocity that stays from step to step"),
    OptionDescription(
      "dampening", .number(0, 1, excludesUpper: true), default: .number(0),
      "the share of the gradient that the velocity does not take up"),
    OptionDescription(
      "weight_decay", .number(0, 1), default: .number(0),
      "the share of a weight that is added to its gradient"),
    OptionDescription(
      "nesterov", .flag, default: .flag(false), "whether a step looks ahead along the velocity"),
  ]

  /// Creates the rule that a config describes.
  public init(_ values: OptionValues) {
    self.init(
      learningRate: values.number("learning_rate"), momentum: values.number("momentum"),
      dampening: values.number("dampening"), weightDecay: values.number("weight_decay"),
      nesterov: values.flag("nesterov"))
  }

  /// What a config says of it.
  public var optionValues: OptionValues {
    [
      "learning_rate": .number(learningRate), "momentum": .number(momentum), "dampening": .number(dampening),
      "weight_decay": .number(weightDecay), "nesterov": .flag(nesterov),
    ]
  }

  /// Nesterov's step needs a velocity that takes up all of the gradient, as in PyTorch.
  public var conflict: (option: String, problem: String)? {
    if nesterov, momentum == 0 { return ("nesterov", "needs a momentum; give one above 0") }
    if nesterov, dampening != 0 { return ("nesterov", "goes with no dampening; leave that at 0") }
    if dampening != 0, momentum == 0 { return ("dampening", "needs a momentum; give one above 0") }
    return nil
  }

  // MARK: the rule

  /// Without slots, and with a velocity of each kind.
  public static let examples = [
    SGD(learningRate: 0.1, weightDecay: 0.3),
    SGD(learningRate: 0.1, momentum: 0.9, dampening: 0.5, weightDecay: 0.1),
    SGD(learningRate: 0.1, momentum: 0.9, weightDecay: 0.1, nesterov: true),
  ]
  /// Its own.
  public static let kernelFile = "sgd"
  /// The velocity, where there is a momentum.
  public var ownSlots: [String] { momentum == 0 ? [] : ["velocity"] }
  /// Whether Nesterov's step is taken.
  public var macros: [(String, Int)] { nesterov ? [("NESTEROV", 1)] : [] }
  /// Counted in the formula.
  public var flops: Int { momentum == 0 ? 4 : nesterov ? 9 : 7 }
  /// Momentum, 1 - dampening, weight decay.
  public var numbers: [Float] { [Float(momentum), 1 - Float(dampening), Float(weightDecay)] }

  /// The velocity starts as the first gradient, undamped.
  public func rule(step: Int, rate: Float) -> SIMD8<Float> {
    [rate, Float(momentum), step == 1 ? 1 : 1 - Float(dampening), Float(weightDecay), 0, 0, 0, 0]
  }

  /// `d = g + decay w`, `v = momentum v + share d`, `w = w - rate v`.
  public func update<Number: UpdateNumber>(
    _ entry: inout OptimizedEntry<Number>, gradient: Number, rule: SIMD8<Float>
  ) {
    let (rate, momentum) = (Number(rule[0]), Number(rule[1]))
    let decayed = gradient + Number(rule[3]) * entry.value
    guard self.momentum != 0 else { return entry.value = entry.value - rate * decayed }
    entry.slot0 = momentum * entry.slot0 + Number(rule[2]) * decayed
    entry.value = entry.value - rate * (nesterov ? decayed + momentum * entry.slot0 : entry.slot0)
  }
}
