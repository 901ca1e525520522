import Device
import GraphExec
import Pruning
import TestSupport
import Testing

/// Layers executed over their surviving entries against the same layers masked: the two forms are one network.
@Suite(.serialized, .needs(.openCL))
struct SparseAgreementTests {
  @Test(
    "training over surviving entries follows masked training",
    arguments: KernelConfig.Family.allCases, [16, 48, 256, 300])
  func trainingAgrees(family: KernelConfig.Family, batchSize: Int) throws {
    let device = try TestDevice.openCL()
    let backend = try OpenCLBackend(device, family: family)
    let network = Network(layers: [37, 70, 33, 10])
    let set = try backend.upload(TestSet.images(count: 330, size: 37, seed: 5))
    let masked = try backend.makeModel(
      ModelSpecification(network: network, batchSize: batchSize, masked: true))
    try masked.load(.fresh(network, seed: 1))
    // The first layer loses most entries, the second whole columns: rows that are empty, and ragged ones.
    try masked.enqueuePruning(PruningEvent(ParameterID(0), unit: .weight, count: 2300))
    try masked.enqueuePruning(PruningEvent(ParameterID(1), unit: .neuron, count: 20))
    let start = try masked.state()
    let patterns = (0..<3).map { layer in
      SparsePattern(
        mask: start.masks[layer], rows: network.parameters[layer].rows,
        columns: network.parameters[layer].columns)
    }
    let sparse = try backend.makeModel(
      ModelSpecification(network: network, batchSize: batchSize, formats: patterns.map { .sparse($0) }))
    try sparse.load(start)
    // There and back, bit for bit.
    #expect(try sparse.state() == start)
    #expect(try sparse.counts().map(\.survivors) == masked.counts().map(\.survivors))
    // The same products of the same terms in the same order.
    #expect(try sparse.outputs(of: set) == masked.outputs(of: set))
    let order = TestSet.order(330, seed: 3)
    for _ in 0..<3 {
      let a = try masked.trainEpoch(on: set, order: order)
      let b = try sparse.trainEpoch(on: set, order: order)
      #expect(abs(a.loss - b.loss) < 1e-4 * a.loss)
      #expect(abs(a.correct - b.correct) <= 1)
    }
    let (a, b) = (try masked.state(), try sparse.state())
    #expect(a.masks == b.masks && a.step == b.step)
    for layer in 0..<3 {
      for (x, y) in zip(a.parameters[layer].value.values, b.parameters[layer].value.values) {
        #expect(abs(x - y) < 2e-4)
      }
    }
  }

  @Test(
    "weights, moments and step go through every format and back with the same bits",
    arguments: KernelConfig.Family.allCases)
  func statesKeepTheirBits(family: KernelConfig.Family) throws {
    let backend = try TestDevice.backend(family)
    let network = Network(layers: [37, 70, 33, 10])
    let masked = try backend.makeModel(ModelSpecification(network: network, batchSize: 32, masked: true))
    try masked.load(.fresh(network))
    let set = try backend.upload(TestSet.images(count: 100, size: 37, seed: 5))
    // Moments that training made, and then a change of the masks: the moment at which forms change.
    _ = try masked.trainEpoch(on: set, order: TestSet.order(100, seed: 3))
    try masked.enqueuePruning(PruningEvent(ParameterID(0), unit: .weight, count: 2300))
    try masked.enqueuePruning(PruningEvent(ParameterID(1), unit: .neuron, count: 20))
    var state = try masked.state()
    #expect(state.step == 4 && state.parameters[0].slots[0].values.contains { $0 != 0 })
    // Bits that arithmetic would not keep.
    let special: [Float] = [-0.0, .leastNonzeroMagnitude, .infinity, Float(bitPattern: 0x7fc0_1234)]
    for layer in 0..<3 {
      let survivors = state.masks[layer].indices.filter { state.masks[layer][$0] == 1 }
      for (index, value) in zip(survivors, special) {
        state.parameters[layer].value.values[index] = value
        state.parameters[layer].slots[0].values[index] = value
        state.parameters[layer].slots[1].values[index] = value
      }
    }
    func bits(_ state: ModelState) -> [[UInt32]] {
      state.parameters.flatMap { [$0.value] + $0.slots }.map { $0.values.map(\.bitPattern) }
    }
    let sparse = (0..<3).map { layer -> LayerFormat in
      let (inputs, outputs) = (network.parameters[layer].rows, network.parameters[layer].columns)
      return .sparse(SparsePattern(mask: state.masks[layer], rows: inputs, columns: outputs))
    }
    let masks: [LayerFormat] = [.masked, .masked, .masked]
    for formats in [masks, sparse, [sparse[0], .masked, .dense]] {
      let model = try backend.makeModel(
        ModelSpecification(network: network, batchSize: 32, formats: formats))
      try model.load(state)
      let back = try model.state()
      #expect(bits(back) == bits(state))
      #expect(back.masks == state.masks && back.step == state.step)
    }
    let compaction = Compaction(network: network, masks: state.masks)
    #expect(!compaction.isIdentity)
    let small = compaction.compact(state)
    let model = try backend.makeModel(
      ModelSpecification(
        network: compaction.compacted, batchSize: 32,
        formats: (0..<3).map { layer in
          let (inputs, outputs) = (
            compaction.compacted.parameters[layer].rows, compaction.compacted.parameters[layer].columns
          )
          return .sparse(SparsePattern(mask: small.masks[layer], rows: inputs, columns: outputs))
        }))
    try model.load(small)
    let back = compaction.expand(try model.state(), into: state)
    #expect(bits(back) == bits(state))
    #expect(back.masks == state.masks && back.step == state.step)
  }

  @Test("a layer with one entry, and one with none, run", arguments: KernelConfig.Family.allCases)
  func nearlyEmptyLayers(family: KernelConfig.Family) throws {
    let device = try TestDevice.openCL()
    let backend = try OpenCLBackend(device, family: family)
    let network = Network(layers: [20, 15, 10])
    var state = ModelState.fresh(network, seed: 2)
    for layer in 0..<2 {
      for index in state.masks[layer].indices where !(layer == 0 && index == 137) {
        state.parameters[layer].mask[index] = 0
        state.parameters[layer].value.values[index] = 0
      }
    }
    let patterns = (0..<2).map { layer in
      SparsePattern(
        mask: state.masks[layer], rows: network.parameters[layer].rows,
        columns: network.parameters[layer].columns)
    }
    let model = try backend.makeModel(
      ModelSpecification(network: network, batchSize: 32, formats: patterns.map { .sparse($0) }))
    try model.load(state)
    let set = try backend.upload(TestSet.images(count: 40, size: 20, seed: 1))
    let totals = try model.trainEpoch(on: set, order: TestSet.order(40, seed: 1))
    #expect(totals.images == 40 && totals.loss.isFinite)
    #expect(try model.counts().map(\.survivors) == [1, 0])
  }
}
