/// How the values of a tensor are spread, as TensorBoard draws it: equally wide buckets from the least to the greatest.
package struct Histogram: Equatable, Sendable {
  package private(set) var minimum = Double.infinity
  package private(set) var maximum = -Double.infinity
  package private(set) var count = 0
  package private(set) var sum = 0.0
  package private(set) var sumOfSquares = 0.0
  /// The upper end of each bucket, the last being the greatest value.
  package private(set) var limits: [Double] = []
  package private(set) var counts: [Int] = []

  private static let bucketCount = 64

  /// Counts values; NaN and infinity are left out.
  ///
  /// - Parameter excludesZeros: leaves out zeros as well, so that the pruned entries of a matrix, which are exactly
  ///   zero, do not hide the others.
  package init(_ values: UnsafeBufferPointer<Float>, excludesZeros: Bool = false) {
    for value in values where value.isFinite && !(excludesZeros && value == 0) {
      let value = Double(value)
      minimum = min(minimum, value)
      maximum = max(maximum, value)
      sum += value
      sumOfSquares += value * value
      count += 1
    }
    guard count > 0 else {
      (minimum, maximum) = (0, 0)
      return
    }
    let bucketCount = minimum == maximum ? 1 : Self.bucketCount
    let width = (maximum - minimum) / Double(bucketCount)
    limits = (1...bucketCount).map { $0 == bucketCount ? maximum : minimum + Double($0) * width }
    counts = [Int](repeating: 0, count: bucketCount)
    let scale = width > 0 ? 1 / width : 0
    for value in values where value.isFinite && !(excludesZeros && value == 0) {
      counts[min(Int((Double(value) - minimum) * scale), bucketCount - 1)] += 1
    }
  }

  /// Counts values; NaN and infinity are left out.
  package init(_ values: [Float], excludesZeros: Bool = false) {
    self = values.withUnsafeBufferPointer { Histogram($0, excludesZeros: excludesZeros) }
  }

  var message: Tensorboard_HistogramProto {
    var message = Tensorboard_HistogramProto()
    message.min = minimum
    message.max = maximum
    message.num = Double(count)
    message.sum = sum
    message.sumSquares = sumOfSquares
    message.bucketLimit = limits
    message.bucket = counts.map(Double.init)
    return message
  }
}
