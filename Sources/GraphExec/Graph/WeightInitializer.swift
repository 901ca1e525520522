import RandomNumbers

/// How the weights of a fresh network are drawn.
///
/// Draws depend on the seed and the weight's place among the weights alone, so every run of a study with one seed starts
/// from the same weights.
public enum WeightInitializer: Sendable, Equatable {
  /// Normal with standard deviation `sqrt(2 / inputs)` (He et al. 2015).
  case heNormal
  /// Normal with this standard deviation.
  case normal(std: Double)

  /// The initial values of a network's parameters: weights drawn, all others as their layers ask.
  public func values(of network: Network, seed: UInt64) -> [Matrix] {
    var stream: UInt64 = 0
    return network.parameters.map { parameter in
      switch parameter.shape.start {
      case .constant(let value):
        return Matrix(
          rows: parameter.rows, columns: parameter.columns,
          values: [Float](repeating: value, count: parameter.count))
      case .drawn(let fanIn):
        defer { stream += 1 }
        return draw(parameter, fanIn: fanIn, SplitMix64(seed: seed, stream: stream))
      }
    }
  }

  private func draw(_ parameter: Parameter, fanIn: Int, _ generator: SplitMix64) -> Matrix {
    let std: Double
    switch self {
    case .heNormal: std = (2 / Double(fanIn)).squareRoot()
    case .normal(let value): std = value
    }
    var random = generator
    var values = [Float](repeating: 0, count: parameter.count)
    for index in stride(from: 0, to: values.count, by: 2) {
      let (first, second) = random.nextNormalPair()
      values[index] = Self.normal(first * std)
      if index + 1 < values.count { values[index + 1] = Self.normal(second * std) }
    }
    return Matrix(rows: parameter.rows, columns: parameter.columns, values: values)
  }

  /// As `Float`, denormal numbers as 0: the kernels take them for that.
  private static func normal(_ value: Double) -> Float {
    let rounded = Float(value)
    return rounded.isSubnormal ? 0 : rounded
  }
}

/// The generator of weights and orders, so that a network can be built from this module alone.
public typealias SplitMix64 = RandomNumbers.SplitMix64
