/// Mean and standard deviation of a quantity over the seeds of a study.
package struct Spread: Sendable, Equatable {
  package let mean: Double
  /// The sample standard deviation (n - 1 in the denominator); nil for a single value.
  package let deviation: Double?
  package let count: Int

  /// Takes the finite numbers of `values`; nil where there is none.
  package init?(_ values: some Sequence<Double?>) {
    let numbers = values.compactMap { $0 }.filter(\.isFinite)
    guard !numbers.isEmpty else { return nil }
    let mean = numbers.reduce(0, +) / Double(numbers.count)
    self.mean = mean
    count = numbers.count
    guard numbers.count > 1 else {
      deviation = nil
      return
    }
    let squares = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    deviation = (squares / Double(numbers.count - 1)).squareRoot()
  }
}
