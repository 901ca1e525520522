import GraphExec
import Testing

/// What a layer costs in each format follows from the measured densities, and from nothing else.
@Suite struct FormatCostInterpolationTests {
  private static func passes(forward: Double, input: Double, weight: Double) -> [String: Double] {
    [
      MatmulPass.forward.rawValue: forward, MatmulPass.inputGradient.rawValue: input,
      MatmulPass.weightGradient.rawValue: weight,
    ]
  }

  private let costs = FormatCosts(
    dense: passes(forward: 1, input: 2, weight: 4),
    // Not in the order of their densities.
    points: [
      FormatCosts.Point(density: 0.5, seconds: passes(forward: 6, input: 12, weight: 24)),
      FormatCosts.Point(density: 0.1, seconds: passes(forward: 2, input: 4, weight: 8)),
    ])
  /// Of a layer of 3 x 5 and a batch of 7.
  private let flops = 2.0 * 3 * 5 * 7

  private func seconds(_ density: Double?, needsInputGradient: Bool = true) -> Double {
    costs.seconds(
      inputs: 3, outputs: 5, stride: 7, density: density, needsInputGradient: needsInputGradient)
  }

  @Test("a dense layer costs its three products, the first one two")
  func dense() {
    #expect(seconds(nil) == flops * 7)
    #expect(seconds(nil, needsInputGradient: false) == flops * 5)
    #expect(costs.inferenceSeconds(inputs: 3, outputs: 5, stride: 7, density: nil) == flops)
  }

  @Test(
    "between measured densities the cost of an entry is linear, outside it is that of the nearest",
    arguments: [(0.1, 2.0), (0.3, 4), (0.5, 6), (0.05, 2), (0, 2), (0.9, 6), (1, 6)])
  func interpolation(density: Double, perFlop: Double) {
    func isClose(_ a: Double, _ b: Double) -> Bool { abs(a - b) <= 1e-12 * max(a, b) }
    let forward = flops * density * perFlop
    #expect(
      isClose(costs.inferenceSeconds(inputs: 3, outputs: 5, stride: 7, density: density), forward))
    #expect(isClose(seconds(density), forward * 7))
    #expect(isClose(seconds(density, needsInputGradient: false), forward * 5))
  }

  @Test("the cheaper format changes where the measured costs cross")
  func crossing() {
    // Entries of density d cost (1 + 10 d) d, a dense layer 1: equal at d = (sqrt(41) - 1) / 20.
    #expect(seconds(0.26) < seconds(nil))
    #expect(seconds(0.28) > seconds(nil))
  }

  @Test("a format that was not measured is never the cheaper one")
  func unmeasured() {
    let none = FormatCosts(dense: costs.dense, points: [])
    #expect(
      none.seconds(inputs: 3, outputs: 5, stride: 7, density: 0.01, needsInputGradient: true) == .infinity)
  }
}
