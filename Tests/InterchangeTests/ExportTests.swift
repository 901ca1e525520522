import Files
import Foundation
import GraphExec
import Interchange
import ModelFiles
import Pruning
import TestSupport
import Testing

/// Protects what a network means on its way out: other programs get Whittle's logits.
@Suite("Networks for other programs", .needs(.python("onnx", "onnxruntime", "safetensors")))
struct ExportTests {
  private struct Seen: Decodable {
    var difference: Double
    var operations: [String]
    var sparse: [String]
    var metadata: [String: String]
    var type: String
  }

  private static let normalization = PixelNormalization(mean: [0.4, 0.6], deviation: [0.25, 0.5])

  private func run(
    _ stored: StoredModel, _ normalization: PixelNormalization, input: ONNXWriter.Input = .values,
    sparse: Bool = false
  ) throws -> Seen {
    let folder = try TemporaryFolder()
    let writer = ONNXWriter(stored, normalization: normalization, input: input, sparse: sparse)
    try AtomicFile.write(writer.bytes(version: "1"), to: folder("m.onnx"))
    try Interchanged.write(
      stored, normalization: normalization, asBytes: input == .bytes, to: folder("expected"))
    let outcome = try Python.run(
      Interchanged.fixtures + "/run_onnx.py", folder("m.onnx"), folder("expected"))
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    return try JSONDecoder().decode(Seen.self, from: Data(outcome.output.utf8))
  }

  @Test("every operation, with normalization: checked, and ONNX Runtime's logits are Whittle's")
  func everything() throws {
    let model = try Interchanged.model(Interchanged.everything(), .weight, 0.5)
    for input in ONNXWriter.Input.allCases {
      let seen = try run(model, Self.normalization, input: input)
      #expect(seen.difference < 1e-5, "\(input): \(seen.difference)")
      #expect(seen.type == (input == .bytes ? "tensor(uint8)" : "tensor(float)"))
      let said = #"{"mean":[0.4,0.6],"std":[0.25,0.5]}"#
      #expect(seen.metadata["whittle.normalization"] == (input == .bytes ? nil : said))
    }
  }

  @Test("pruned units are gone, and sparse initializers are those that take fewer bytes")
  func pruned() throws {
    let compacted = try Interchanged.model(Interchanged.flattened(), .neuron, 0.5).compressed()
    #expect(compacted.network.widths == [64, 4, 6, 3, 3])
    #expect(try run(compacted, .none).difference < 1e-5)
    let sparse = try Interchanged.model(Interchanged.flattened(), .weight, 0.8).compressed()
    let seen = try run(sparse, .none, sparse: true)
    #expect(seen.difference < 1e-5)
    #expect(seen.sparse == ["a.weight", "b.weight"])
    func bytes(sparse isSparse: Bool) throws -> Int {
      try ONNXWriter(sparse, normalization: .none, sparse: isSparse).bytes(version: "1").count
    }
    #expect(try bytes(sparse: true) < bytes(sparse: false))
  }

  @Test("a network of widths is a chain of products")
  func perceptron() throws {
    let seen = try run(Interchanged.model(Network(layers: [12, 9, 4]), .weight, 0.5), .none)
    #expect(seen.difference < 1e-5 && seen.operations == ["Identity", "MatMul", "Relu"])
  }

  @Test(
    "what is written is read again: same layers, same bits, same normalization", arguments: [false, true])
  func roundTrip(sparse: Bool) throws {
    let model = try Interchanged.model(Interchanged.everything(), .weight, 0.8)
    let folder = try TemporaryFolder()
    let writer = ONNXWriter(model, normalization: Self.normalization, sparse: sparse)
    try AtomicFile.write(writer.bytes(version: "1"), to: folder("m"))
    let read = try StoredModel.readAny(folder("m"))
    let kept = model.network.layers.map(\.name).filter { $0 != "drop" }
    #expect(read.network.layers.map(\.name) == kept)
    #expect(read.parameters.map(\.matrix) == model.parameters.map(\.matrix))
    #expect(read.survivors == model.survivors)
    #expect(try read.normalization(path: "m") == Self.normalization)
  }

  @Test(
    "PyTorch's file rebuilds the network, whose logits are Whittle's, and Whittle reads the weights again")
  func pytorch() throws {
    for network in [try Interchanged.everything(), try Interchanged.flattened()] {
      let model = try Interchanged.model(network, .neuron, 0.3).compressed()
      let folder = try TemporaryFolder()
      let writer = TorchWriter(model, normalization: .none)
      try writer.stateDict.write(to: folder("m.safetensors"))
      try AtomicFile.write(writer.program(weights: "m.safetensors"), to: folder("m.py"))
      try Interchanged.write(model, normalization: .none, to: folder("expected"))
      let outcome = try Python.run(
        Interchanged.fixtures + "/run_torch.py", folder("m.py"), folder("expected"))
      #expect(outcome.exitCode == 0, "\(outcome.errors)")
      #expect((Double(outcome.output.dropLast()) ?? .infinity) < 1e-5, "\(outcome.output)")
      let read = try Importer.read(folder("m.safetensors"), network: model.network, names: nil)
      #expect(read.model.parameters.map(\.matrix) == model.parameters.map(\.matrix))
    }
  }

  @Test("NumPy reads the archive")
  func numpy() throws {
    let model = try Interchanged.model(Interchanged.flattened(), .neuron, 0.5).compressed()
    let folder = try TemporaryFolder()
    try AtomicFile.write(model.numpyArchive(normalization: .none).content, to: folder("m.npz"))
    let program = """
      import sys, json, zipfile, numpy
      assert zipfile.ZipFile(sys.argv[1]).testzip() is None
      archive = numpy.load(sys.argv[1])
      layers = json.loads(archive["network"].item())["layers"]
      print([layer["name"] for layer in layers], archive["a.weight"].shape, float(archive["b.weight"].sum(dtype="f8")))
      """
    let outcome = try Python.run("-c", program, folder("m.npz"))
    let sum = model.parameters[2].matrix.values.reduce(0.0) { $0 + Double($1) }
    let names = "['a', 'relu', 'flat', 'b', 'again', 'pool', 'c']"
    #expect(
      outcome.output.hasPrefix("\(names) (1, 3, 3, 4) \(sum.description.prefix(8))"), "\(outcome.errors)")
  }
}
