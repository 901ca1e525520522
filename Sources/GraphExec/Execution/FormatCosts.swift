/// What a layer's products cost on a device, dense and over surviving entries only: measured, not guessed.
public struct FormatCosts: Sendable, Equatable, Codable {
  /// Costs over surviving entries at one density.
  public struct Point: Sendable, Equatable, Codable {
    /// Share of the entries that survive.
    public let density: Double
    /// Seconds per useful floating-point operation, by pass, and of inference.
    public let seconds: [String: Double]

    /// Creates a point from measurements.
    public init(density: Double, seconds: [String: Double]) {
      self.density = density
      self.seconds = seconds
    }
  }

  /// What inference is called among the passes: a forward pass in the form that is fastest, which training need not have. Where it
  /// was not measured it costs what a forward product does.
  static let inference = "inference"

  /// Seconds per floating-point operation of a masked dense layer, by pass, and of a dense one in inference.
  public let dense: [String: Double]
  /// The same over surviving entries, densities ascending.
  public let points: [Point]

  /// Creates costs from measurements.
  public init(dense: [String: Double], points: [Point]) {
    self.dense = dense
    self.points = points.sorted { $0.density < $1.density }
  }

  /// Whether these can be costs: positive numbers for every pass, at densities that ascend.
  public var isPlausible: Bool {
    func isComplete(_ seconds: [String: Double]) -> Bool {
      MatmulPass.allCases.allSatisfy { (seconds[$0.rawValue] ?? .nan) > 0 }
        && seconds.values.allSatisfy { $0.isFinite && $0 > 0 }
    }
    let densities = points.map(\.density)
    return isComplete(dense) && !points.isEmpty && points.allSatisfy { isComplete($0.seconds) }
      && densities.allSatisfy { $0 > 0 && $0 <= 1 } && zip(densities, densities.dropFirst()).allSatisfy(<)
  }

  /// Seconds that one step spends on a layer's products.
  ///
  /// - Parameters:
  ///   - inputs: rows of its weight.
  ///   - outputs: columns of its weight.
  ///   - stride: columns of activations.
  ///   - density: nil for a dense layer, else the share of surviving entries of a sparse one.
  ///   - needsInputGradient: false for the first layer.
  public func seconds(
    inputs: Int, outputs: Int, stride: Int, density: Double?, needsInputGradient: Bool
  ) -> Double {
    let flops = 2 * Double(inputs) * Double(outputs) * Double(stride)
    return MatmulPass.allCases.reduce(0) { total, pass in
      if pass == .inputGradient && !needsInputGradient { return total }
      guard let density else { return total + flops * (dense[pass.rawValue] ?? 0) }
      return total + flops * density * secondsPerUsefulFlop(pass.rawValue, density: density, of: points)
    }
  }

  /// Seconds that inference of a batch spends on a layer.
  ///
  /// - Parameters:
  ///   - inputs: rows of its weight.
  ///   - outputs: columns of its weight.
  ///   - stride: columns of activations.
  ///   - density: nil for a dense layer, else the share of surviving entries of a sparse one.
  public func inferenceSeconds(inputs: Int, outputs: Int, stride: Int, density: Double?) -> Double {
    let flops = 2 * Double(inputs) * Double(outputs) * Double(stride)
    let isMeasured = dense[Self.inference] != nil
    let pass = isMeasured ? Self.inference : MatmulPass.forward.rawValue
    guard let density else { return flops * (dense[pass] ?? 0) }
    return flops * density
      * secondsPerUsefulFlop(pass, density: density, of: points.filter { $0.seconds[pass] != nil })
  }

  /// Linear between the measured densities, constant outside them.
  private func secondsPerUsefulFlop(_ pass: String, density: Double, of points: [Point]) -> Double {
    guard let first = points.first, let last = points.last else { return .infinity }
    func cost(_ point: Point) -> Double { point.seconds[pass] ?? .infinity }
    if density <= first.density { return cost(first) }
    guard let upper = points.firstIndex(where: { $0.density >= density }) else { return cost(last) }
    let (a, b) = (points[upper - 1], points[upper])
    let share = (density - a.density) / (b.density - a.density)
    return cost(a) + (cost(b) - cost(a)) * share
  }
}
