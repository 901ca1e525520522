import GraphExec

/// A number with a bound of its error: what an update rule computed in 32-bit floats may be off by.
///
/// Errors go through each operation to first order, and each adds the rounding of its result; root and division are as
/// inexact as OpenCL allows (3 and 2.5 ulp), and what is denormal may be taken for zero.
struct BoundedNumber: UpdateNumber {
  var value: Double
  var bound: Double

  private static let tiny = Double(Float.leastNormalMagnitude)

  init(_ value: Double, bound: Double) {
    self.value = value
    self.bound = bound
  }

  /// A number that is exact.
  init(_ value: Float) { self.init(Double(value), bound: 0) }

  /// A result that is rounded, within so many units, on top of an error.
  private init(_ value: Double, error: Double, units: Double) {
    self.init(value, bound: error + units * Expectation.unit * value.magnitude + Self.tiny)
  }

  static func + (a: Self, b: Self) -> Self { Self(a.value + b.value, error: a.bound + b.bound, units: 1) }
  static func - (a: Self, b: Self) -> Self { Self(a.value - b.value, error: a.bound + b.bound, units: 1) }

  static func * (a: Self, b: Self) -> Self {
    Self(
      a.value * b.value,
      error: a.value.magnitude * b.bound + b.value.magnitude * a.bound + a.bound * b.bound, units: 1)
  }

  static func / (a: Self, b: Self) -> Self {
    let quotient = a.value / b.value
    return Self(
      quotient,
      error: (a.bound + quotient.magnitude * b.bound) / max(b.value.magnitude - b.bound, tiny), units: 6)
  }

  /// |sqrt(a) - sqrt(b)| = |a - b| / (sqrt(a) + sqrt(b)), and at most sqrt(|a - b|), which counts where both are near zero.
  func squareRoot() -> Self {
    let root = value.squareRoot()
    let distance = root + max(value - bound, 0).squareRoot()
    return Self(root, error: bound == 0 ? 0 : min(bound / distance, bound.squareRoot()), units: 7)
  }
}
