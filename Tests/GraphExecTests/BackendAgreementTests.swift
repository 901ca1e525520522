import Device
import GraphExec
import Reference
import TestSupport
import Testing

/// Whole steps on OpenCL against the CPU backend: the plan, the fusions and the bookkeeping of an epoch.
@Suite(.serialized, .needs(.openCL))
struct BackendAgreementTests {
  @Test(arguments: KernelConfig.Family.allCases, [false, true])
  func trainingStepsAgree(family: KernelConfig.Family, fused: Bool) throws {
    let device = try TestDevice.openCL()
    let network = Network(layers: [37, 50, 33, 10])
    let specification = ModelSpecification(network: network, batchSize: 32, masked: true, fused: fused)
    let set = TestSet.images(count: 150, size: 37, seed: 5)
    let order = TestSet.order(150, seed: 3)
    var states: [ModelState] = []
    var totals: [EpochTotals] = []
    for backend in try [OpenCLBackend(device, family: family), CPUBackend()] as [any Backend] {
      let model = try backend.makeModel(specification)
      try model.load(.fresh(network, seed: 1))
      let resident = try backend.upload(set)
      for layer in 0..<2 {
        try model.enqueuePruning(
          PruningEvent(ParameterID(layer), unit: layer == 0 ? .weight : .neuron, count: 20))
      }
      for _ in 0..<3 { totals.append(try model.trainEpoch(on: resident, order: order)) }
      totals.append(try model.evaluate(on: resident))
      states.append(try model.state())
      let outputs = try model.outputs(of: resident)
      #expect(outputs.count == 1500)
    }
    #expect(states[0].step == 15 && states[1].step == 15)
    #expect(states[0].masks == states[1].masks)
    for layer in 0..<3 {
      for (a, b) in zip(states[0].parameters[layer].value.values, states[1].parameters[layer].value.values) {
        #expect(abs(a - b) < 2e-4)
      }
    }
    for epoch in 0..<4 {
      #expect(abs(totals[epoch].loss - totals[epoch + 4].loss) < 1e-2 * totals[epoch].loss)
      #expect(abs(totals[epoch].correct - totals[epoch + 4].correct) <= 1)
      #expect(totals[epoch].images == 150)
    }
  }

  /// 1 - beta is 1e-7 on paper and 1.2e-7 in floats; a backend that took the one for the step's size and the other for
  /// the moments would step a tenth further.
  @Test("Decays close to 1 are rounded alike")
  func decaysRoundAlike() throws {
    let network = Network(layers: [37, 10])
    let specification = ModelSpecification(
      network: network, batchSize: 32, updates: UpdateRule(Adam(beta1: 0.9999999, beta2: 0.9999999)),
      masked: false)
    let set = TestSet.images(count: 32, size: 37, seed: 5)
    let initial = ModelState.fresh(network)
    let moved = try [TestDevice.backend(.cpu), CPUBackend() as any Backend].map { backend in
      let model = try backend.makeModel(specification)
      try model.load(initial)
      _ = try model.trainEpoch(on: backend.upload(set), order: TestSet.order(32, seed: 3))
      return try zip(model.state().parameters[0].value.values, initial.parameters[0].value.values).map {
        $0 - $1
      }
    }
    for (a, b) in zip(moved[0], moved[1]) { #expect(abs(a - b) <= 0.02 * abs(a) + 1e-6) }
  }
}
