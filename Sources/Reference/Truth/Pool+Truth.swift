import GraphExec

extension MaxPool: TruthOperation {
  /// The largest pixel of each window.
  public func truth(_ call: TruthCall) -> TruthTensor {
    call.inputs[0].pooled(window) { $0.max() ?? 0 }
  }
}

extension AveragePool: TruthOperation {
  /// The sum of each window over its size.
  public func truth(_ call: TruthCall) -> TruthTensor {
    let size = Double(window.kernel * window.kernel)
    return call.inputs[0].pooled(window) { $0.reduce(0, +) / size }
  }
}

extension GlobalAveragePool: TruthOperation {
  /// The mean of each channel's pixels.
  public func truth(_ call: TruthCall) -> TruthTensor {
    let x = call.inputs[0]
    var y = TruthTensor(Shape(x.shape.channels), images: x.images)
    for c in 0..<x.shape.channels {
      for image in 0..<x.images {
        let pixels = (0..<x.shape.pixels).map { x[c * x.shape.pixels + $0, image] }
        y[c, image] = pixels.reduce(0, +) / Double(x.shape.pixels)
      }
    }
    return y
  }
}

extension TruthTensor {
  /// What becomes of the pixels of each window that are inside the image.
  fileprivate func pooled(_ window: PoolWindow, _ value: ([Double]) -> Double) -> TruthTensor {
    func outputs(_ size: Int) -> Int { (size + 2 * window.padding - window.kernel) / window.stride + 1 }
    var result = TruthTensor(
      Shape(shape.channels, outputs(shape.height), outputs(shape.width)), images: images)
    func inside(_ output: Int, _ size: Int) -> Range<Int> {
      let first = output * window.stride - window.padding
      return max(first, 0)..<min(first + window.kernel, size)
    }
    for c in 0..<shape.channels {
      for y in 0..<result.shape.height {
        for x in 0..<result.shape.width {
          for image in 0..<images {
            let pixels = inside(y, shape.height).flatMap { line in
              inside(x, shape.width).map { self[c, line, $0, image] }
            }
            result[c, y, x, image] = value(pixels)
          }
        }
      }
    }
    return result
  }
}
