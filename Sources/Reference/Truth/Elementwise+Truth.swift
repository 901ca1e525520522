import GraphExec

extension ReLU: TruthOperation {
  /// `y = max(x, 0)`.
  public func truth(_ call: TruthCall) -> TruthTensor {
    var y = call.inputs[0]
    y.values = y.values.map { max($0, 0) }
    return y
  }
}

extension Add: TruthOperation {
  /// `y = a + b`.
  public func truth(_ call: TruthCall) -> TruthTensor {
    var y = call.inputs[0]
    y.values = zip(y.values, call.inputs[1].values).map { $0 + $1 }
    return y
  }
}

extension Flatten: TruthOperation {
  /// The same values.
  public func truth(_ call: TruthCall) -> TruthTensor {
    let x = call.inputs[0]
    return TruthTensor(Shape(x.shape.count), images: x.images, values: x.values)
  }
}
