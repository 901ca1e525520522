import GraphExec

extension BatchNorm: TruthOperation {
  /// With the batch's mean and variance.
  public func truth(_ call: TruthCall) -> TruthTensor {
    let x = call.inputs[0]
    let n = Double(x.shape.pixels * x.images)
    return x.mapChannels { c, values in
      let mean = values.reduce(0, +) / n
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / n
      let factor = call.parameters[0][c] / (variance + epsilon).squareRoot()
      return values.map { ($0 - mean) * factor + call.parameters[1][c] }
    }
  }
}

extension BatchNormInference: TruthOperation {
  /// With the running mean and variance.
  public func truth(_ call: TruthCall) -> TruthTensor {
    call.inputs[0].mapChannels { c, values in
      let factor = call.parameters[0][c] / (call.parameters[3][c] + epsilon).squareRoot()
      return values.map { ($0 - call.parameters[2][c]) * factor + call.parameters[1][c] }
    }
  }
}

extension TruthTensor {
  /// The tensor with the entries of each channel replaced.
  fileprivate func mapChannels(_ transform: (Int, [Double]) -> [Double]) -> TruthTensor {
    let size = shape.pixels * images
    let mapped = (0..<shape.channels).flatMap { c in
      transform(c, Array(values[c * size..<(c + 1) * size]))
    }
    return TruthTensor(shape, images: images, values: mapped)
  }
}
