import GraphExec

extension Dropout: TruthOperation {
  /// `x / (1 - rate)` where the step's mask is open.
  public func truth(_ call: TruthCall) -> TruthTensor {
    var y = call.inputs[0]
    let mask = DropoutMask(rate, of: call.output, seed: call.seed, step: call.step)
    for feature in 0..<y.shape.count {
      for image in 0..<y.images {
        y[feature, image] = mask.keeps(feature: feature, column: image) ? y[feature, image] / (1 - rate) : 0
      }
    }
    return y
  }
}

extension Identity: TruthOperation {
  /// The same values.
  public func truth(_ call: TruthCall) -> TruthTensor { call.inputs[0] }
}
