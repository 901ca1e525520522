/// All that training changes in a model; as a checkpoint holds it.
public struct ModelState: Sendable, Equatable {
  /// The state of each parameter of the network, in its order.
  public var parameters: [ParameterState]
  /// Optimizer steps taken.
  public var step: Int

  /// The state before the first step: nothing is pruned, and nothing in the slots.
  public init(initialValues: [Matrix]) {
    self.init(parameters: initialValues.map { ParameterState($0) }, step: 0)
  }

  /// A state of given parts.
  public init(parameters: [ParameterState], step: Int) {
    self.parameters = parameters
    self.step = step
  }

  /// The mask of each parameter.
  public var masks: [[UInt8]] { parameters.map(\.mask) }

  /// The state of a parameter.
  public subscript(_ id: ParameterID) -> ParameterState {
    get { parameters[id.index] }
    set { parameters[id.index] = newValue }
  }
}

/// A parameter's values, what the optimizer remembers of each, and which of them survive.
public struct ParameterState: Sendable, Equatable {
  /// `[rows, columns]`.
  public var value: Matrix
  /// A matrix for each of the optimizer's slots; none before the first step, when they are zeros.
  public var slots: [Matrix]
  /// 1 for a surviving entry, 0 for a pruned one; in the order of the values.
  public var mask: [UInt8]

  /// Values before the first step: nothing is pruned, and nothing in the slots.
  public init(_ value: Matrix) {
    self.init(value, slots: [], mask: [UInt8](repeating: 1, count: value.values.count))
  }

  /// A state of given parts.
  public init(_ value: Matrix, slots: [Matrix], mask: [UInt8]) {
    self.value = value
    self.slots = slots
    self.mask = mask
  }

  /// The values and, for a model with so many slots, the matrix of each: zeros where there is none yet.
  package func matrices(slots count: Int) -> [Matrix] {
    precondition(count == 0 || slots.isEmpty || slots.count == count, "the state is of another optimizer")
    if count == 0 { return [value] }
    let zeros = Matrix(rows: value.rows, columns: value.columns)
    return [value] + (slots.isEmpty ? [Matrix](repeating: zeros, count: count) : slots)
  }
}
