import Files
import GraphExec
import ModelFiles
import Pruning
import Reference
import TestSupport
import Testing

/// Protects that a network of any layers is what its file says, whole, compacted and sparse, and that a damaged file is
/// refused.
@Suite struct NetworkFileTests {
  private static func network() throws -> Network {
    try Network(
      input: Shape(20),
      layers: [
        Network.Layer("in", Linear(outputs: 24)), Network.Layer("act", ReLU()),
        Network.Layer("mid", Linear(outputs: 24)),
        Network.Layer("sum", Add(), inputs: ["mid", "act"]), Network.Layer("sum.relu", ReLU()),
        Network.Layer("out", Linear(outputs: 10)),
      ])
  }

  private static func pruned(_ unit: PruningUnit) throws -> StoredModel {
    let network = try network()
    let model = try CPUBackend().makeModel(
      ModelSpecification(network: network, batchSize: 1, masked: true))
    try model.load(ModelState(initialValues: WeightInitializer.heNormal.values(of: network, seed: 7)))
    let policy = PruningPolicy(unit: unit, schedule: .constant(0.9))
    try model.enqueue(policy.events(beforeStep: 0, of: network))
    return StoredModel(try model.state(), of: network, metadata: ["study": "s"])
  }

  @Test("a file gives back the model that was written", arguments: [PruningUnit.weight, .neuron])
  func roundTrip(unit: PruningUnit) throws {
    let folder = try TemporaryFolder()
    let whole = try Self.pruned(unit)
    for model in [whole, whole.compressed()] {
      try model.file.write(to: folder("m"))
      let read = try StoredModel.read(folder("m"))
      #expect(read.original == model.original && read.compaction == model.compaction)
      #expect(read.parameters == model.parameters)
      #expect(read.metadata == ["study": "s"])
      #expect(read.file == model.file)
    }
    #expect(whole.compressed().form == (unit == .weight ? "compacted and sparse" : "compacted"))
  }

  @Test("bytes that are changed anywhere give an error or a model that can be used")
  func fuzz() throws {
    let folder = try TemporaryFolder()
    try Self.pruned(.weight).compressed().file.write(to: folder("m"))
    let bytes = try FileSystem.read(folder("m"))
    var random = SplitMix64(seed: 1, stream: 0)
    for _ in 0..<6000 {
      var damaged = bytes
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        let position = Int.random(in: bytes.indices, using: &random)
        let isDigit = (48...57).contains(damaged[position])
        damaged[position] =
          isDigit ? .random(in: 48...57, using: &random) : .random(in: 0...255, using: &random)
      }
      do {
        let model = try StoredModel(SafetensorsFile(bytes: damaged, path: "m"))
        #expect(try StoredModel(model.compressed().file).original == model.original)
      } catch is FileFormatError {
        // The error that a damaged file should give.
      }
    }
  }

  @Test("layers that are tied together must name the same units")
  func tiedUnits() throws {
    var file = try Self.pruned(.weight).compressed().file
    let name = "mid.kept_outputs"
    let units = try #require(try file.tensors[name].map { _ in try file.values(name, as: Int32.self) })
    let missing = try #require((0..<23).first { !units.contains($0) && units.contains($0 + 1) })
    file.tensors[name] = StoredTensor(units.map { $0 == missing + 1 ? missing : $0 })
    let error = #expect(throws: FileFormatError.self) { try StoredModel(file) }
    #expect(error?.description.contains("kept_outputs") == true)
  }
}
