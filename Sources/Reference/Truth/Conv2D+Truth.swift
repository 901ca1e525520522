import GraphExec

extension Conv2D: TruthOperation {
  /// `Y[o,y,x] = sum over (c,ky,kx) of W[c,ky,kx,o] X[c, y stride + ky - padding, x stride + kx - padding]`.
  public func truth(_ call: TruthCall) -> TruthTensor {
    let (x, weight) = (call.inputs[0], call.parameters[0])
    guard let shape = try? shape([x.shape]) else { preconditionFailure("the network was checked") }
    var y = TruthTensor(shape, images: x.images)
    for o in 0..<shape.channels {
      let start = bias ? call.parameters[1][o] : 0
      for row in 0..<shape.height {
        for column in 0..<shape.width {
          let to = (o * shape.height + row) * shape.width + column
          for b in 0..<x.images { y[to, b] = start }
          forEachTap(of: x.shape, row, column) { k, from in
            for b in 0..<x.images { y[to, b] += weight[k * outputs + o] * x[from, b] }
          }
        }
      }
    }
    return y
  }

  /// Calls `body` with each row of the weight, and the feature that it multiplies at a pixel of the output.
  private func forEachTap(of x: Shape, _ row: Int, _ column: Int, _ body: (_ k: Int, _ from: Int) -> Void) {
    for c in 0..<x.channels {
      for ky in 0..<kernel {
        for kx in 0..<kernel {
          let (h, w) = (row * stride + ky - padding, column * stride + kx - padding)
          guard (0..<x.height).contains(h), (0..<x.width).contains(w) else { continue }
          body((c * kernel + ky) * kernel + kx, (c * x.height + h) * x.width + w)
        }
      }
    }
  }
}
