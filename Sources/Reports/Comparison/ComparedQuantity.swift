/// What networks of different studies are compared at: as sparse, as large, as much to multiply, or as long measured.
package enum ComparedQuantity: CaseIterable, Sendable {
  case sparsity, parameters, multiplyAdds, trainingStep, inference

  /// Its value for a run; nil where the study does not know it.
  func value(_ run: StudyRun) -> Double? {
    switch self {
    case .sparsity: run.key.sparsity
    case .parameters: run.nnz
    case .multiplyAdds: run.multiplied
    case .trainingStep: run.trainStepSeconds
    case .inference: run.inferenceSeconds
    }
  }

  /// Whether it is measured, and so means little across devices.
  var isMeasured: Bool { self == .trainingStep || self == .inference }

  /// As a table's title says it.
  var title: String {
    switch self {
    case .sparsity: "sparsity"
    case .parameters: "parameters"
    case .multiplyAdds: "multiply-adds"
    case .trainingStep: "step, ms"
    case .inference: "inference, ms"
    }
  }

  /// As a sentence says it.
  var words: String {
    switch self {
    case .sparsity: "sparsity"
    case .parameters: "parameters"
    case .multiplyAdds: "multiply-adds"
    case .trainingStep: "time of a training step"
    case .inference: "time of inference"
    }
  }

  /// As an axis says it.
  var axisLabel: String {
    switch self {
    case .sparsity: "Sparsity"
    case .parameters: "Surviving parameters (log scale)"
    case .multiplyAdds: "Multiply-adds for an input (log scale)"
    case .trainingStep: "Measured time of a training step, ms (log scale)"
    case .inference: "Measured time of inference, ms (log scale)"
    }
  }

  /// As a file's name says it.
  var fileWord: String {
    switch self {
    case .sparsity: "Sparsity"
    case .parameters: "Parameters"
    case .multiplyAdds: "Multiply_Adds"
    case .trainingStep: "Training_Step_Time"
    case .inference: "Inference_Time"
    }
  }

  /// A value for a table.
  func text(_ value: Double) -> String {
    switch self {
    case .sparsity: Format.sparsity(value)
    case .parameters, .multiplyAdds: Format.count(value)
    case .trainingStep, .inference: Format.milliseconds(value)
    }
  }
}

extension Comparison {
  /// What all studies can be compared at: a quantity that at least two curves know. Times count only where one device
  /// measured them all.
  package var quantities: [ComparedQuantity] {
    ComparedQuantity.allCases.filter { quantity in
      guard !quantity.isMeasured || devices.count <= 1 else { return false }
      return curves.count { curve in curve.groups.contains { $0.spread(quantity.value) != nil } } > 1
    }
  }

  /// The devices of studies that were measured.
  var devices: [String] {
    let measured = studies.filter { study in study.runs.contains { $0.trainStepSeconds != nil } }
    return Set(measured.map { $0.device ?? "an unknown device" }).sorted()
  }
}

extension Comparison.Curve {
  /// The networks with the best mean test accuracy of those that take at most `limit`: of equal sparsity, where that is the
  /// quantity.
  ///
  /// Nothing is interpolated: what is shown is a network that was trained.
  package func best(_ quantity: ComparedQuantity, within limit: Double) -> RunGroup? {
    let fitting = groups.filter { group in
      guard let value = group.spread(quantity.value)?.mean else { return false }
      return quantity == .sparsity ? value == limit : value <= limit * (1 + Self.slack)
    }
    return fitting.compactMap { group in group.spread(\.testAccuracy).map { (group, $0.mean) } }
      .max { $0.1 < $1.1 }?.0
  }

  /// By how much networks may differ and still count as equal: rounding of counts, and of layers' shares.
  private static let slack = 0.005
}
