import GraphExec

extension Linear: TruthOperation {
  /// `Y[o,b] = sum_i W[i,o] X[i,b] + bias[o]`.
  public func truth(_ call: TruthCall) -> TruthTensor {
    let (x, weight) = (call.inputs[0], call.parameters[0])
    var y = TruthTensor(Shape(outputs), images: x.images)
    for i in 0..<x.shape.count {
      for o in 0..<outputs {
        for b in 0..<x.images { y[o, b] += weight[i * outputs + o] * x[i, b] }
      }
    }
    guard bias else { return y }
    for o in 0..<outputs {
      for b in 0..<x.images { y[o, b] += call.parameters[1][o] }
    }
    return y
  }
}
