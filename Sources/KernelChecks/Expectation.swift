import Reference

/// What a kernel must write: a matrix of values, and how far from each it may be.
struct Expectation {
  let rows: Int
  let columns: Int
  /// `rows * columns` values. A NaN must come out as a NaN.
  var values: [Double]
  /// The largest error allowed for each of them.
  var bounds: [Double]
  /// Whether zeros must follow each row, in the columns past the batch or the matrix.
  var zerosFollow = true

  /// The unit roundoff of `Float`.
  static let unit = 0x1p-24

  /// Values that must come out exactly.
  init(exactly values: [Float], rows: Int, columns: Int) {
    self.rows = rows
    self.columns = columns
    self.values = values.map(Double.init)
    bounds = [Double](repeating: 0, count: values.count)
  }

  /// Sums in any order: n u sum|a b| (Higham 2002, section 4.2).
  init(_ sums: GroundTruth.Sums) {
    rows = sums.rows
    columns = sums.columns
    values = sums.values
    let scale = Double(sums.terms) * Self.unit
    bounds = sums.magnitudes.map { $0 * scale }
  }

  init(rows: Int, columns: Int, values: [Double], bounds: [Double]) {
    self.rows = rows
    self.columns = columns
    self.values = values
    self.bounds = bounds
  }

  /// The same after a ReLU, which makes no error larger.
  var relu: Expectation {
    var result = self
    for i in values.indices where values[i] < 0 { result.values[i] = 0 }
    return result
  }

  /// The same with a value added to each row, which is one rounding more; it is in the columns past the batch, too.
  func plus(_ addends: [Float]) -> Expectation {
    var result = self
    result.zerosFollow = false
    for i in values.indices {
      result.values[i] += Double(addends[i / columns])
      result.bounds[i] += Self.unit * (result.values[i].magnitude + bounds[i])
    }
    return result
  }

  /// Zero where `closed` says so, and there exactly.
  func zeroed(where closed: (Int) -> Bool) -> Expectation {
    var result = self
    for i in values.indices where closed(i) {
      result.values[i] = 0
      result.bounds[i] = 0
    }
    return result
  }

  /// Compares one value.
  static func compare(_ got: Double, _ expected: Double, bound: Double) -> Comparison {
    Comparison(
      ratio: ratio(got: got, expected: expected, bound: bound), got: got, expected: expected, bound: bound)
  }

  /// Compares rows of `stride` floats, whose entries after `columns` must be zero.
  func compare(_ got: [Float], stride: Int) -> Comparison {
    var worst = Comparison()
    for row in 0..<rows {
      for column in 0..<columns {
        let value = Double(got[row * stride + column])
        let index = row * columns + column
        let ratio = Self.ratio(got: value, expected: values[index], bound: bounds[index])
        if !(ratio <= worst.ratio) {
          worst = Comparison(
            ratio: ratio, row: row, column: column, got: value, expected: values[index], bound: bounds[index])
          if ratio.isNaN { return worst }
        }
      }
      for column in columns..<max(columns, zerosFollow ? stride : columns)
      where got[row * stride + column] != 0 {
        return Comparison(
          ratio: .infinity, row: row, column: column, got: Double(got[row * stride + column]), expected: 0,
          bound: 0)
      }
    }
    return worst
  }

  private static func ratio(got: Double, expected: Double, bound: Double) -> Double {
    if got == expected { return 0 }
    if expected.isNaN { return got.isNaN ? 0 : .infinity }
    return (got - expected).magnitude / bound
  }
}

/// The entry of a result that is farthest from what was expected, in units of its bound.
struct Comparison {
  var ratio = 0.0
  var row = 0
  var column = 0
  var got = 0.0
  var expected = 0.0
  var bound = 0.0

  /// Index, got and expected.
  var detail: String {
    "[\(row), \(column)] is \(got), expected \(expected)" + (bound > 0 ? " within \(bound)" : "")
  }

  /// The worse of two results.
  func worse(_ other: Comparison) -> Comparison { other.ratio > ratio || other.ratio.isNaN ? other : self }

  /// Compares integers, which must be equal.
  static func exact<T: BinaryInteger>(_ got: [T], _ expected: [T]) -> Comparison {
    guard got.count == expected.count else {
      return Comparison(
        ratio: .infinity, row: -1, column: -1, got: Double(got.count), expected: Double(expected.count))
    }
    for index in got.indices where got[index] != expected[index] {
      return Comparison(
        ratio: .infinity, row: 0, column: index, got: Double(got[index]), expected: Double(expected[index]))
    }
    return Comparison()
  }
}
