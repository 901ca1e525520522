import Dispatch
import GraphExec

/// The three matmuls of a layer, accumulated in `Double`: what kernels are measured against.
///
/// Each result comes with the sum of the products' absolute values, which bounds the rounding error of any order of
/// summation in `Float`: |error| <= n u sum|a b|, u = 2^-24 (Higham 2002, section 4.2).
public enum GroundTruth {
  /// A matrix of results, and the scale of their rounding errors.
  public struct Sums: Sendable {
    /// Rows of the result.
    public let rows: Int
    /// Columns of the result.
    public let columns: Int
    /// How many terms each sum has.
    public let terms: Int
    /// The exact sums to double precision, row after row.
    public fileprivate(set) var values: [Double]
    /// Sums of the absolute values of the terms, row after row.
    public fileprivate(set) var magnitudes: [Double]
  }

  /// `Y[o,b] = sum_i W[i,o] X[i,b]`, `[outputs, batch]`; X is `[inputs, batch]`.
  public static func forward(weights: Matrix, x: Matrix) -> Sums {
    let outputs = weights.columns
    return sums(rows: outputs, terms: weights.rows, b: x) { o, i in weights.values[i * outputs + o] }
  }

  /// `dX[i,b] = sum_o W[i,o] dY[o,b]`, `[inputs, batch]`; dY is `[outputs, batch]`.
  public static func inputGradient(weights: Matrix, dY: Matrix) -> Sums {
    let outputs = weights.columns
    return sums(rows: weights.rows, terms: outputs, b: dY) { i, o in weights.values[i * outputs + o] }
  }

  /// `G[i,o] = sum_b X[i,b] dY[o,b]`, `[inputs, outputs]`; X is `[inputs, batch]`, dY `[outputs, batch]`.
  public static func weightGradient(x: Matrix, dY: Matrix) -> Sums {
    var transposed = Matrix(rows: dY.columns, columns: dY.rows)
    for o in 0..<dY.rows {
      for b in 0..<dY.columns { transposed[b, o] = dY[o, b] }
    }
    let batch = x.columns
    return sums(rows: x.rows, terms: batch, b: transposed) { i, b in x.values[i * batch + b] }
  }

  /// `sum_k a(row, k) b[k, column]` for each row and column.
  private static func sums(
    rows: Int, terms: Int, b: Matrix, a: @Sendable @escaping (Int, Int) -> Float
  ) -> Sums {
    let columns = b.columns
    var result = Sums(
      rows: rows, columns: columns, terms: terms, values: [Double](repeating: 0, count: rows * columns),
      magnitudes: [Double](repeating: 0, count: rows * columns))
    result.values.withUnsafeMutableBufferPointer { values in
      result.magnitudes.withUnsafeMutableBufferPointer { magnitudes in
        // Each row is written by one iteration alone.
        nonisolated(unsafe) let (values, magnitudes) = (values, magnitudes)
        DispatchQueue.concurrentPerform(iterations: rows) { row in
          b.values.withUnsafeBufferPointer { b in
            for k in 0..<terms {
              let factor = Double(a(row, k))
              for column in 0..<columns {
                let product = factor * Double(b[k * columns + column])
                values[row * columns + column] += product
                magnitudes[row * columns + column] += product.magnitude
              }
            }
          }
        }
      }
    }
    return result
  }
}
