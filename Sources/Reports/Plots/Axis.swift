import Foundation

/// How an axis stretches its values.
///
/// Accuracies near 100% and sparsities near 100% are where pruning is decided, and a linear axis crushes both.
package enum AxisScale: Sendable, Equatable {
  case linear
  case logarithmic
  /// For fractions: logarithmic in what is missing to 1, so that 0.9, 0.99 and 0.999 lie equally far apart.
  /// `floor` is added to what is missing, so that 1 itself has a place.
  case complement(floor: Double)

  /// Where `value` lies on the axis.
  func place(_ value: Double) -> Double {
    switch self {
    case .linear: value
    case .logarithmic: log10(value)
    case .complement(let floor): -log10(max(1 - value + floor, 1e-12))
    }
  }

  /// The value at `place`: the inverse of `place(_:)`.
  func value(at place: Double) -> Double {
    switch self {
    case .linear: place
    case .logarithmic: pow(10, place)
    case .complement(let floor): 1 + floor - pow(10, -place)
    }
  }
}

/// One axis of a plot: what it says, what it covers, and where its marks stand.
package struct Axis: Sendable {
  package let label: String
  package let scale: AxisScale
  package let range: ClosedRange<Double>
  /// Where marks may stand.
  let ticks: Ticks

  /// Values that may be marked.
  struct Ticks: Sendable {
    let values: [Double]
    /// Those that go before others where there is no room for all.
    let preferred: Set<Double>
    /// Whether values without room for words keep a mark without any.
    var keepsAll = false
    let words: @Sendable (Double) -> String
  }

  /// Where `value` lies on the axis: 0 at its start, 1 at its end.
  func share(_ value: Double) -> Double {
    let (from, to) = (scale.place(range.lowerBound), scale.place(range.upperBound))
    return (scale.place(value) - from) / (to - from)
  }

  /// The marks, their words at least `distance` (a share of the axis) apart.
  package func marks(distance: Double) -> [(value: Double, words: String)] {
    // The ends of a range go through the scale and back, so they may miss a value by a hair.
    let slack = (range.upperBound - range.lowerBound) * 1e-9
    let inside = ticks.values.filter {
      $0 >= range.lowerBound - slack && $0 <= range.upperBound + slack
    }
    let length = scale.place(range.upperBound) - scale.place(range.lowerBound)
    var kept: Set<Double> = []
    for value in inside.filter(ticks.preferred.contains) + inside.filter({ !ticks.preferred.contains($0) }) {
      let place = scale.place(value)
      if kept.allSatisfy({ abs(scale.place($0) - place) >= distance * length }) { kept.insert(value) }
    }
    return inside.sorted().compactMap { value in
      kept.contains(value) ? (value, ticks.words(value)) : ticks.keepsAll ? (value, "") : nil
    }
  }
}

/// Which scales the plots use.
package enum ScaleChoice: String, CaseIterable, Sendable {
  /// Logarithmic in the error where accuracies come near 100% and span too much for a linear axis.
  case auto
  case linear
  case log
}

extension Axis {
  /// An axis of accuracies in percent that leaves differences near the top visible.
  ///
  /// `margin` is the share of its length that it reaches beyond the values.
  static func accuracy(
    _ label: String, values: [Double], choice: ScaleChoice, margin: Double = 0.05
  ) -> Axis {
    let finite = values.filter(\.isFinite).map { min(max($0, 0), 1) }
    let low = finite.min() ?? 0
    let high = finite.max() ?? 1
    // Puts 100% as far above 99.9% as that is above 99.7%: what lies between is a matter of a few images.
    let floor = 1e-3
    let errors = (1 - low + floor) / (1 - high + floor)
    let logarithmic =
      switch choice {
      case .auto: high > 0.9 && high - low > 0.03 && errors > 4
      case .linear: false
      case .log: true
      }
    let scale: AxisScale = logarithmic ? .complement(floor: floor) : .linear
    var range = padded(low, high, scale: scale, by: margin, least: logarithmic ? 0.05 : 0.002)
    range = max(range.lowerBound, -0.02)...range.upperBound
    let steps =
      logarithmic
      ? [0, 0.25, 0.5, 0.7, 0.8, 0.9, 0.95, 0.97, 0.98, 0.99, 0.995, 0.998, 0.999, 1]
      : linearSteps(range).filter { (0...1).contains($0) }
    let preferred: Set<Double> = [0, 0.5, 0.9, 0.99, 0.999, 1, 0.95]
    return Axis(
      label: logarithmic ? "\(label) (log scale of the error)" : label, scale: scale, range: range,
      ticks: Ticks(values: steps, preferred: preferred, words: Format.sparsity))
  }

  /// An axis of sparsities in percent, logarithmic in what survives once the study goes to 90%.
  static func sparsity(_ sparsities: [Double], choice: ScaleChoice) -> Axis {
    let sorted = Set(sparsities).sorted()
    let low = sorted.first ?? 0
    let high = sorted.last ?? 1
    let logarithmic =
      switch choice {
      case .auto: high >= 0.9
      case .linear: false
      case .log: true
      }
    // Where everything may be pruned, that point stands as far beyond the last as a factor of three.
    let floor = high >= 1 ? (1 - (sorted.last { $0 < 1 } ?? 0)) / 3 : 0
    let scale: AxisScale = logarithmic ? .complement(floor: floor) : .linear
    return Axis(
      label: logarithmic ? "Sparsity (log scale of what survives)" : "Sparsity", scale: scale,
      range: padded(low, high, scale: scale, by: 0.04, least: 0.02),
      ticks: Ticks(values: sorted, preferred: [low, high], keepsAll: true, words: Format.sparsity))
  }

  /// A logarithmic axis over positive `values`, marked at round numbers.
  static func logarithmic(_ label: String, values: [Double]) -> Axis {
    let positive = values.filter { $0.isFinite && $0 > 0 }
    let range = padded(positive.min() ?? 1, positive.max() ?? 10, scale: .logarithmic, by: 0.06, least: 0.15)
    let decades = Int(log10(range.lowerBound).rounded(.down))...Int(log10(range.upperBound).rounded(.up))
    func marks(_ digits: [Double]) -> [Double] {
      decades.flatMap { power in digits.map { $0 * pow(10, Double(power)) } }
        .filter { range.contains($0) }
    }
    let coarse = marks([1, 2, 5])
    let round = coarse.count > 1 ? coarse : marks([1, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9])
    return Axis(
      label: label, scale: .logarithmic, range: range,
      ticks: Ticks(
        values: round, preferred: Set(decades.map { pow(10, Double($0)) }), words: Format.compact))
  }

  /// An axis of epochs, from the first to `last`; only whole ones are marked.
  static func epochs(last: Int) -> Axis {
    let range = last > 1 ? 1...Double(last) : 0.5...1.5
    let step = max(1, linearStep(range))
    let round = Array(stride(from: step, through: Double(last), by: step))
    return Axis(
      label: "Epoch", scale: .linear, range: range,
      ticks: Ticks(values: [1] + round.filter { $0 > 1 }, preferred: Set(round), words: Format.number))
  }

  /// `low...high` and a share of its length on both sides, at least `least`, as seen on the axis.
  private static func padded(
    _ low: Double, _ high: Double, scale: AxisScale, by share: Double, least: Double
  ) -> ClosedRange<Double> {
    let (from, to) = (scale.place(low), scale.place(high))
    let margin = max((to - from) * share, least)
    return scale.value(at: from - margin)...scale.value(at: to + margin)
  }

  /// About an eighth of a range, as 1, 2 or 5 times a power of ten.
  private static func linearStep(_ range: ClosedRange<Double>) -> Double {
    let rough = (range.upperBound - range.lowerBound) / 8
    let power = pow(10, log10(rough).rounded(.down))
    return power * ([1, 2, 5].first { $0 * power >= rough } ?? 10)
  }

  private static func linearSteps(_ range: ClosedRange<Double>) -> [Double] {
    let step = linearStep(range)
    let first = (range.lowerBound / step).rounded(.up) * step
    return stride(from: first, through: range.upperBound + step * 1e-6, by: step)
      .map { ($0 * 1e9).rounded() / 1e9 }
  }
}
