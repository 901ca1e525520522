/// The optimizers that a network can be trained with.
public enum Optimizers {
  /// All of them, in the order in which tables show them; the first is what a config means that names none.
  public static let all: [any Optimizer.Type] = [Adam.self, AdamW.self, SGD.self]
}

extension OptionDescription {
  /// The learning rate of an optimizer.
  static func learningRate(_ value: Double) -> OptionDescription {
    OptionDescription(
      "learning_rate", .number(0, 10, excludesLower: true), default: .number(value),
      "the size of a step")
  }
}
