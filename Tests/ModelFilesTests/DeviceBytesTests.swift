import GraphExec
import ModelFiles
import TestSupport
import Testing

/// Protects what people are told of a model's bytes on a device.
@Suite("Bytes on a device")
struct DeviceBytesTests {
  @Test(
    "a stored model counts the bytes that the device holds, in every form", arguments: PruningUnit.allCases)
  func bytes(unit: PruningUnit) throws {
    let backend = try OpenCLBackend(TestDevice.openCL())
    let model = try PrunedModel.pruned(Network(layers: [50, 70, 33, 10]), unit, 0.8)
    for stored in [model, model.compressed()] {
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

  @Test("a convolution that a file holds sparse is counted as the device holds it: dense")
  func convolution() throws {
    let backend = try OpenCLBackend(TestDevice.openCL())
    let stored = try PrunedModel.pruned(PrunedModel.convolutional(), .weight, 0.9).compressed()
    #expect(
      stored.parameters.map(\.formatName) == ["sparse", "dense", "dense", "dense", "dense", "dense", "dense"])
    var specification = ModelSpecification(network: stored.network, batchSize: 32, masked: false)
    specification.trains = false
    #expect(try stored.deviceBytes == backend.makeModel(specification).parameterBytes)
  }
}
