import GraphExec

/// The three matmuls of a layer, accumulated in `Double`: what kernels are measured against.
///
/// Each result comes with the sum of the products' absolute values, which bounds the rounding error of any order of
/// summation in `Float`: |error| <= n u sum|a b|, u = 2^-24 (Higham 2002, section 4.2).
public enum GroundTruth {
  /// A result and the scale of its rounding error.
  public struct Sum: Sendable {
    /// The exact sum, to double precision.
    public let value: Double
    /// Sum of the absolute values of the terms.
    public let magnitude: Double
  }

  /// `Y[o,b] = sum_i W[i,o] X[i,b]`, `[outputs, batch]`; X is `[inputs, stride]`.
  public static func forward(weights: Matrix, x: [Float], batch: Int, stride: Int) -> [Sum] {
    let (inputs, outputs) = (weights.rows, weights.columns)
    return sums(rows: outputs, columns: batch, depth: inputs) { o, b, i in
      (weights.values[i * outputs + o], x[i * stride + b])
    }
  }

  /// `dX[i,b] = sum_o W[i,o] dY[o,b]`, `[inputs, batch]`; dY is `[outputs, stride]`.
  public static func inputGradient(weights: Matrix, dY: [Float], batch: Int, stride: Int) -> [Sum] {
    let (inputs, outputs) = (weights.rows, weights.columns)
    return sums(rows: inputs, columns: batch, depth: outputs) { i, b, o in
      (weights.values[i * outputs + o], dY[o * stride + b])
    }
  }

  /// `G[i,o] = sum_b X[i,b] dY[o,b]`, `[inputs, outputs]`; X and dY have rows of `stride`.
  public static func weightGradient(
    x: [Float], dY: [Float], inputs: Int, outputs: Int, batch: Int, stride: Int
  ) -> [Sum] {
    sums(rows: inputs, columns: outputs, depth: batch) { i, o, b in (x[i * stride + b], dY[o * stride + b]) }
  }

  private static func sums(
    rows: Int, columns: Int, depth: Int, _ term: (Int, Int, Int) -> (Float, Float)
  ) -> [Sum] {
    var result: [Sum] = []
    result.reserveCapacity(rows * columns)
    for row in 0..<rows {
      for column in 0..<columns {
        var value = 0.0
        var magnitude = 0.0
        for k in 0..<depth {
          let (a, b) = term(row, column, k)
          let product = Double(a) * Double(b)
          value += product
          magnitude += product.magnitude
        }
        result.append(Sum(value: value, magnitude: magnitude))
      }
    }
    return result
  }
}
