import Device
import GraphExec
import Reference
import TestSupport
import Testing

/// A network that has gone wrong must say so.
@Suite(.serialized) struct NaNTests {
  @Test("a NaN in any layer reaches the epoch's loss, and no prediction counts as correct")
  func weightsShow() throws {
    let network = Network(layers: [20, 30, 10])
    for backend in try TestDevice.backends() {
      let set = try backend.upload(TestSet.images(count: 40, size: 20, seed: 5))
      let model = try backend.makeModel(ModelSpecification(network: network, batchSize: 16, masked: true))
      for layer in 0..<2 {
        var state = ModelState.fresh(network)
        state.parameters[layer].value.values[3] = .nan
        try model.load(state)
        let totals = try model.evaluate(on: set)
        #expect(totals.loss.isNaN && totals.correct == 0 && totals.images == 40)
        #expect(try model.trainEpoch(on: set, order: TestSet.order(40, seed: 1)).loss.isNaN)
        #expect(try model.counts().contains { $0.notFinite > 0 })
      }
      // And the next epoch of a healthy network is healthy.
      try model.load(.fresh(network))
      #expect(try model.trainEpoch(on: set, order: TestSet.order(40, seed: 1)).loss.isFinite)
    }
  }
}
