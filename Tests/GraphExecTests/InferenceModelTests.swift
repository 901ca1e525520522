import Device
import GraphExec
import Reference
import TestSupport
import Testing

/// Protects inference models: the same outputs, and no byte on the device that only training needs.
@Suite(.serialized) struct InferenceModelTests {
  private static let network = Network(layers: [64, 96, 48, 16])
  private static let batch = 32

  /// A state with 2% of the first layer left, the other layers whole.
  private static var state: ModelState {
    var state = ModelState.fresh(network)
    for index in state.parameters[0].mask.indices where index % 50 != 0 {
      state.parameters[0].mask[index] = 0
      state.parameters[0].value.values[index] = 0
    }
    return state
  }

  private static func formats(_ isSparse: Bool) -> [LayerFormat] {
    let pattern = SparsePattern(mask: state.masks[0], rows: 64, columns: 96)
    return [isSparse ? .sparse(pattern) : .dense, .dense, .dense]
  }

  private static func specification(_ formats: [LayerFormat], trains: Bool) -> ModelSpecification {
    var specification = ModelSpecification(network: network, batchSize: batch, formats: formats)
    specification.trains = trains
    return specification
  }

  private static func expectSameOutputs(_ backend: any Backend, isSparse: Bool) throws {
    let set = try backend.upload(TestSet.images(count: 70, size: 64, seed: 3))
    let models = try [true, false].map { trains in
      let model = try backend.makeModel(specification(formats(isSparse), trains: trains))
      try model.load(state)
      return model
    }
    #expect(try models[1].outputs(of: set) == models[0].outputs(of: set))
    #expect(try models[1].evaluate(on: set) == models[0].evaluate(on: set))
    #expect(models[1].parameterBytes < models[0].parameterBytes)
  }

  @Test(
    "the outputs are those of a model that trains",
    .needs(.openCL), arguments: KernelConfig.Family.allCases,
    [false, true])
  func sameOutputs(family: KernelConfig.Family, isSparse: Bool) throws {
    let backend = try TestDevice.backend(family)
    try Self.expectSameOutputs(backend, isSparse: isSparse)
  }

  @Test("the outputs are those of a model that trains, on the CPU backend")
  func sameOutputsOnCPU() throws {
    try Self.expectSameOutputs(CPUBackend(), isSparse: false)
  }

  @Test(
    "a model's bytes do not depend on the form that was measured to be faster",
    .needs(.openCL), arguments: [false, true], [false, true])
  func bytesOfForms(isSparse: Bool, trains: Bool) throws {
    let bytes = try [ForwardForms.layers, .blocks].map { forms in
      let backend = try OpenCLBackend(TestDevice.openCL(), family: .cpu, forms: forms)
      // The second one takes the form that was measured for the first.
      return try (0..<2).map { _ in
        try backend.makeModel(Self.specification(Self.formats(isSparse), trains: trains)).parameterBytes
      }
    }
    #expect(Set(bytes.joined()).count == 1, "\(bytes)")
  }

  @Test(
    "on the device are weights and activations, nothing of the backward pass",
    .needs(.openCL), arguments: [false, true], [ForwardForms.layers, .blocks])
  func bytes(isSparse: Bool, forms: ForwardForms) throws {
    // A backend of its own: what the others' models hold would be counted, too.
    let device = try TestDevice.openCL()
    let backend = try OpenCLBackend(device, family: .cpu, forms: forms)
    let model = try backend.makeModel(Self.specification(Self.formats(isSparse), trains: false))
    try model.load(Self.state)
    let entries = Self.state.masks[0].count { $0 != 0 }
    // By columns: their starts, and row and value of each entry.
    let first = isSparse ? 4 * (96 + 1) + 8 * entries : 4 * 64 * 96
    let weights = first + 4 * (96 * 48 + 48 * 16)
    #expect(model.parameterBytes == weights)
    let activations = 4 * Self.batch * (64 + 96 + 48 + 16)
    // The counters of an epoch are some dozens of bytes. Blocks have their steps, and the outputs by themselves.
    let more = forms == .layers ? 256 : 3 * 128 + 4 * Self.batch * 16 + 512
    #expect((weights + activations...weights + activations + more).contains(backend.memory.used))
  }
}
