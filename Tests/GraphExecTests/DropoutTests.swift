import GraphExec
import TestSupport
import Testing

/// Protects that dropout's masks are drawn from seed, layer and step alone, and that an evaluation drops nothing.
@Suite(.serialized) struct DropoutTests {
  private static let network = Result {
    try Network(
      input: Shape(40),
      layers: [
        Network.Layer("a", Linear(outputs: 30)), Network.Layer("drop", Dropout(rate: 0.5)),
        Network.Layer("b", Linear(outputs: 10)),
      ])
  }

  private static func train(_ backend: any Backend, seed: UInt64) throws -> (ModelState, [Float]) {
    let network = try network.get()
    var specification = ModelSpecification(network: network, batchSize: 32, masked: false)
    specification.seed = seed
    let model = try backend.makeModel(specification)
    try model.load(.fresh(network))
    let set = try backend.upload(TestSet.images(count: 70, size: 40, seed: 4))
    let before = try model.outputs(of: set)
    _ = try model.trainEpoch(on: set, order: TestSet.order(70, seed: 3))
    return (try model.state(), before)
  }

  @Test("a seed gives the same bits again, another one others, and every backend the same masks")
  func seeds() throws {
    var states: [ModelState] = []
    for backend in try TestDevice.backends() {
      let (state, outputs) = try Self.train(backend, seed: 1)
      #expect(try Self.train(backend, seed: 1).0 == state)
      let other = try Self.train(backend, seed: 1 << 33)
      #expect(other.0 != state)
      // Before the first step, an evaluation knows nothing of the seed.
      #expect(other.1 == outputs)
      states.append(state)
    }
    for state in states.dropFirst() {
      for (a, b) in zip(state.parameters, states[0].parameters) {
        for (x, y) in zip(a.value.values, b.value.values) { #expect(abs(x - y) < 2e-5) }
      }
    }
  }

  @Test("the share of what is kept is what the rate leaves", arguments: [0, 0.1, 0.5, 0.9])
  func share(rate: Double) {
    let mask = DropoutMask(rate, of: TensorID(3), seed: 17, step: 5)
    let kept = (0..<200).reduce(0) { sum, feature in
      sum + (0..<200).count { mask.keeps(feature: feature, column: $0) }
    }
    #expect(abs(Double(kept) / 40_000 - (1 - rate)) < 0.01)
    let next = DropoutMask(0.5, of: TensorID(3), seed: 17, step: 6)
    let half = DropoutMask(0.5, of: TensorID(3), seed: 17, step: 5)
    #expect((0..<200).contains { half.keeps(feature: 0, column: $0) != next.keeps(feature: 0, column: $0) })
  }
}
