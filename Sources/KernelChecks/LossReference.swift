import Foundation
import GraphExec

/// Softmax cross-entropy in `Double`, with the rounding errors of the kernel's formula.
struct LossReference {
  /// The gradient of the logits, `[classes, stride]`; zero after the batch's images.
  private(set) var gradient: Expectation
  /// The images' losses, summed.
  private(set) var loss = 0.0
  /// The largest error of that sum.
  private(set) var lossBound = 0.0
  /// Images whose label is the first of their largest logits.
  private(set) var correct = 0
  private let smoothing: Double

  /// - Parameters:
  ///   - logits: `[classes, stride]`.
  ///   - smoothing: the share of a target that all classes get alike.
  init(_ logits: [Float], labels: [Int], classes: Int, stride: Int, smoothing: Double) {
    self.smoothing = smoothing
    let zeros = [Double](repeating: 0, count: classes * stride)
    gradient = Expectation(rows: classes, columns: stride, values: zeros, bounds: zeros)
    var total = 0.0
    for column in labels.indices {
      total += addColumn(
        (0..<classes).map { logits[$0 * stride + column] }, label: labels[column], column: column,
        images: labels.count)
    }
    // The group adds them up in `Float`.
    lossBound += Double(labels.count + 4) * Expectation.unit * total
  }

  /// Adds an image and returns its loss's magnitude.
  private mutating func addColumn(_ logits: [Float], label: Int, column: Int, images: Int) -> Double {
    let unit = Expectation.unit
    let stride = gradient.columns
    guard let peak = logits.max(), logits.allSatisfy({ !$0.isNaN }) else {
      for c in logits.indices { gradient.values[c * stride + column] = .nan }
      loss = .nan
      return 0
    }
    let exponentials = logits.map { exp(Double($0) - Double(peak)) }
    let sum = exponentials.reduce(0, +)
    // The exponent's rounding, that of exp (3 ulp), and the sum's, relative to a probability.
    let spread = logits.reduce(0) { max($0, Double(peak) - Double($1)) }
    let relative = unit * (2 * min(spread, 104) + Double(logits.count) + 24)
    for c in logits.indices {
      let p = exponentials[c] / sum
      let target = (c == label ? 1 - smoothing : 0) + smoothing / Double(logits.count)
      let value = (p - target) / Double(images)
      gradient.values[c * stride + column] = value
      gradient.bounds[c * stride + column] =
        (relative * p + 2 * unit) / Double(images) + 8 * unit * value.magnitude
        + Double(Float.leastNormalMagnitude)
    }
    guard logits.indices.contains(label) else {
      loss = .nan
      return 0
    }
    let mean = logits.reduce(0) { $0 + Double($1) } / Double(logits.count)
    let distance = Double(peak) - (1 - smoothing) * Double(logits[label]) - smoothing * mean
    let own = distance + log(sum)
    loss += own
    let magnitude = logits.reduce(0) { max($0, Double($1.magnitude)) }
    lossBound += smoothing * unit * (Double(logits.count) + 4) * magnitude
    lossBound += unit * (2 * distance + 8 * log(sum).magnitude) + relative
    if logits.firstIndex(of: peak) == label { correct += 1 }
    return own.magnitude
  }
}
