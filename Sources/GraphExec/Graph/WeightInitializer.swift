import RandomNumbers

/// How the weights of a fresh network are drawn.
///
/// Draws depend on seed and layer alone, so every run of a study with one seed starts from the same weights.
public enum WeightInitializer: Sendable, Equatable {
  /// Normal with standard deviation `sqrt(2 / inputs)` (He et al. 2015).
  case heNormal
  /// Normal with this standard deviation.
  case normal(std: Double)

  /// The weight matrices of `network`.
  public func weights(of network: Network, seed: UInt64) -> [Matrix] {
    (0..<network.depth).map { layer in
      let (inputs, outputs) = network.shape(of: layer)
      let std: Double
      switch self {
      case .heNormal: std = (2 / Double(inputs)).squareRoot()
      case .normal(let value): std = value
      }
      var random = SplitMix64(seed: seed, stream: UInt64(layer))
      var values = [Float](repeating: 0, count: inputs * outputs)
      for index in stride(from: 0, to: values.count, by: 2) {
        let (first, second) = random.nextNormalPair()
        values[index] = Self.normal(first * std)
        if index + 1 < values.count { values[index + 1] = Self.normal(second * std) }
      }
      return Matrix(rows: inputs, columns: outputs, values: values)
    }
  }

  /// As `Float`, denormal numbers as 0: the kernels take them for that.
  private static func normal(_ value: Double) -> Float {
    let rounded = Float(value)
    return rounded.isSubnormal ? 0 : rounded
  }
}

/// The generator of weights and orders, so that a network can be built from this module alone.
public typealias SplitMix64 = RandomNumbers.SplitMix64
