/// `|w| dR/d|w|` of an entry: the flow through it, R being the sum of the outputs for an image of ones of the network with the
/// absolute values of its weights (Tanaka et al. 2020, "SynFlow"); of a unit the sum. No image of the data is looked at.
///
/// A hundred rounds in which the density falls by the same factor keep a layer from being emptied, so the paper ranks all weights
/// together. A batch norm multiplies as in an evaluation, by an absolute value; what starts as 0 (biases, shifts and running
/// means) counts as 0.
public struct SynFlow: Criterion {
  /// `synflow`.
  public static let name = "synflow"
  /// The formula.
  public static let help =
    "the flow w dR/dw through a weight or unit, weights by absolute value, R the outputs' sum for an image of ones; in rounds, "
    + "without data (Tanaka et al. 2020)"
  /// Sums of absolute values.
  public static let kernelFile = L1Norm.kernelFile
  /// Gradients of the flow.
  public static let needs: Set<CriterionInput> = [.weights, .gradients]
  /// The paper's.
  public static let rounds = 100

  /// Creates the criterion.
  public init() {}

  /// The sum of absolute values.
  public func sum(_ sum: Float, adding entry: Float) -> Float { sum + entry.magnitude }

  /// Round by round, on a network of absolute values; what survives gets its own values back.
  public func enqueue(_ request: PruningRequest, on model: any Model) throws {
    let before = try model.state()
    let parameters = model.specification.network.parameters
    try model.load(
      values: zip(parameters, before.parameters).map { parameter, state in
        var value = state.value
        let isShift = parameter.shape.start == .constant(0)
        value.values = value.values.map { isShift ? 0 : $0.magnitude }
        return value
      })
    let scale = try scale(of: model)
    for events in request.rounds {
      try model.enqueueFlowGradients(scale: scale)
      for event in events { try model.enqueuePruning(event) }
    }
    let masks = try model.state().masks
    try model.load(
      values: zip(before.parameters, masks).map { state, mask in
        var value = state.value
        for index in mask.indices where mask[index] == 0 { value.values[index] = 0 }
        return value
      })
  }

  /// The largest of a few scales of the image and of R by which all numbers are finite; it is a factor of all scores.
  ///
  /// - Throws: `CriterionError` for a network that is too deep for each of them.
  private func scale(of model: any Model) throws -> Float {
    for exponent in [0, -32, -64, -96, -120] {
      let scale = Float(sign: .plus, exponent: exponent, significand: 1)
      try model.enqueueFlowGradients(scale: scale)
      if try model.gradients().allSatisfy({ $0.values.allSatisfy(\.isFinite) }) { return scale }
    }
    throw CriterionError(
      description:
        "the network is too deep for criterion synflow: the flow through it is larger than numbers of 32 bits can be"
    )
  }
}
