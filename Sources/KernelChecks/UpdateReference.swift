import GraphExec

/// One step of an optimizer in `Double`, with bounds that follow the gradient's error through its rule.
struct UpdateReference {
  let optimizer: any Optimizer
  /// What the optimizer has prepared for the step.
  private let rule: SIMD8<Float>

  init(_ optimizer: any Optimizer) {
    self.optimizer = optimizer
    // Not the first step, in which some rules are simpler.
    rule = optimizer.rule(step: 7, rate: Float(optimizer.learningRate))
  }

  /// The state in which kernels find the rule.
  var state: StepState {
    var state = StepState()
    state.rule = rule
    return state
  }

  /// Name, slots and macros, in a few words.
  var name: String {
    ([type(of: optimizer).name] + optimizer.slots + optimizer.macros.map { $0.0.lowercased() }).joined(
      separator: " ")
  }

  /// What the values and the slots are after the step.
  func update(_ gradient: Expectation, value: Matrix, slots: [Matrix]) -> Update {
    var results = [Expectation](repeating: gradient, count: 1 + slots.count)
    for i in gradient.values.indices {
      func slot(_ index: Int) -> BoundedNumber {
        BoundedNumber(slots.count > index ? slots[index].values[i] : 0)
      }
      var entry = OptimizedEntry(BoundedNumber(value.values[i]), slot0: slot(0), slot1: slot(1))
      optimizer.update(
        &entry, gradient: BoundedNumber(gradient.values[i], bound: gradient.bounds[i]), rule: rule)
      var numbers = Array([entry.value, entry.slot0, entry.slot1].prefix(1 + optimizer.ownSlots.count))
      if optimizer.tracksMovement {
        let product =
          BoundedNumber(gradient.values[i], bound: gradient.bounds[i]) * BoundedNumber(value.values[i])
        numbers.append(slot(slots.count - 1) - product)
      }
      for (place, number) in numbers.enumerated() {
        results[place].values[i] = number.value
        results[place].bounds[i] = number.bound
      }
    }
    let parts = [.value] + optimizer.slotParts
    return Update(parts: Array(zip(parts, results)))
  }

  /// The parts of a parameter that a step changes, as they must be.
  struct Update {
    var parts: [(part: ParameterPart, expected: Expectation)]

    /// The update of a masked matrix: zero where the mask is.
    func masked(_ mask: [UInt8]) -> Update {
      Update(parts: parts.map { ($0.part, $0.expected.zeroed { mask[$0] == 0 }) })
    }

    /// The worst of all parts, of which `compare` compares each.
    func compare(_ compare: (ParameterPart, Expectation) throws -> Comparison) rethrows -> Comparison {
      try parts.reduce(Comparison()) { $0.worse(try compare($1.part, $1.expected)) }
    }
  }
}

extension Optimizer {
  /// What an entry of each slot may be: nothing yet, or a positive number, which a mean of squares is, too.
  func randomSlots(rows: Int, columns: Int, _ random: inout RandomValues) -> [Matrix] {
    slots.map { _ in
      Matrix(
        rows: rows, columns: columns,
        values: random.floats(rows * columns).enumerated().map { $0 % 5 == 0 ? 0 : 0.01 + $1.magnitude })
    }
  }
}
