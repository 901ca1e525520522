import Device
import GraphExec
import Reference
import TestSupport
import Testing

/// Batches of any size, the last one smaller: OpenCL trains as the CPU backend does.
@Suite(.serialized, .needs(.openCL))
struct BatchSizeTests {
  @Test("batches of any size train alike", arguments: KernelConfig.Family.allCases, [1, 16, 33, 256, 300])
  func batchSizes(family: KernelConfig.Family, batchSize: Int) throws {
    let openCL = try TestDevice.backend(family)
    let network = Network(layers: [19, 24, 10])
    let specification = ModelSpecification(network: network, batchSize: batchSize, masked: false)
    // Two full batches and a part of one; few steps where batches are tiny.
    let count = batchSize == 1 ? 5 : 2 * batchSize + batchSize / 3
    let order = TestSet.order(count, seed: 8)
    let results = try [openCL, CPUBackend()].map { (backend: any Backend) in
      let set = try backend.upload(TestSet.images(count: count, size: 19, seed: 2))
      let model = try backend.makeModel(specification)
      try model.load(.fresh(network))
      let totals = try model.trainEpoch(on: set, order: order)
      let state = try model.state()
      #expect(totals.images == count)
      #expect(state.step == model.steps(forImages: count))
      let evaluated = try model.evaluate(on: set)
      #expect(evaluated.images == count)
      return (totals, state, evaluated, try model.outputs(of: set))
    }
    let (a, b) = (results[0], results[1])
    #expect(abs(a.0.loss - b.0.loss) < 1e-4 * b.0.loss)
    #expect(abs(a.2.loss - b.2.loss) < 1e-3 * b.2.loss)
    #expect(abs(a.0.correct - b.0.correct) <= 1)
    for layer in 0..<2 {
      for (x, y) in zip(a.1.parameters[layer].value.values, b.1.parameters[layer].value.values) {
        #expect(abs(x - y) < 1e-4)
      }
    }
    for (x, y) in zip(a.3, b.3) { #expect(abs(x - y) < 1e-3) }
  }

  @Test("an epoch in file order sees the images as they lie")
  func orderMatters() throws {
    let backend = try TestDevice.backend(.cpu)
    let network = Network(layers: [19, 24, 10])
    let set = try backend.upload(TestSet.images(count: 70, size: 19, seed: 2))
    func state(_ order: [Int32]) throws -> ModelState {
      let model = try backend.makeModel(ModelSpecification(network: network, batchSize: 32, masked: false))
      try model.load(.fresh(network))
      _ = try model.trainEpoch(on: set, order: order)
      return try model.state()
    }
    let inOrder = try state((0..<70).map { $0 })
    #expect(try state((0..<70).map { $0 }) == inOrder)
    #expect(try state((0..<70).reversed()) != inOrder)
  }
}
