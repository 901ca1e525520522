import GraphExec
import ModelFiles
import TestSupport
import Testing

/// Protects what people are told of a model's bytes on a device.
@Suite("Bytes on a device")
struct DeviceBytesTests {
  @Test(
    "a stored model counts the bytes that the device holds, in every form",
    arguments: [PruningUnit.weight, .neuron])
  func bytes(unit: PruningUnit) throws {
    let backend = try OpenCLBackend(TestDevice.openCL())
    let models = try [Network(layers: [50, 70, 33, 10]), PrunedModel.convolutional()].flatMap { network in
      let model = try PrunedModel.pruned(network, unit, 0.8)
      return [model, model.compressed()]
    }
    #expect(unit == .neuron || models.last?.parameters.first?.formatName == "sparse")
    for stored in models {
      var specification = ModelSpecification(
        network: stored.network, batchSize: 32,
        formats: stored.parameters.map { parameter in
          guard case .sparse(let matrix) = parameter else { return .dense }
          return .sparse(matrix.pattern)
        })
      specification.trains = false
      #expect(try stored.deviceBytes == backend.makeModel(specification).parameterBytes)
    }
  }
}
