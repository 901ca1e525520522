import Files
import Foundation
import GraphExec
import Interchange
import ModelFiles
import TestSupport
import Testing

/// Protects people from files that are damaged, or made to harm: a line, and no crash.
@Suite("Damaged networks")
struct DamagedFileTests {
  /// How many inputs are made of each seed; `scripts/fuzz` asks for more.
  private static let inputs =
    ProcessInfo.processInfo.environment["WHITTLE_FUZZ_INPUTS"].flatMap { Int($0) } ?? 500

  /// Valid files of each form.
  private static func seeds() throws -> [[UInt8]] {
    let model = try Interchanged.model(Interchanged.everything(), .weight, 0.8)
    let flat = try Interchanged.model(Interchanged.flattened(), .neuron, 0.5).compressed()
    let folder = try TemporaryFolder()
    try model.compressed().file.write(to: folder("s"))
    return [
      try ONNXWriter(model, normalization: .none).bytes(version: "1"),
      try ONNXWriter(model, normalization: .none, sparse: true).bytes(version: "1"),
      try ONNXWriter(flat, normalization: .none).bytes(version: "1"), try folder.read("s"),
    ]
  }

  /// A few changes at random: bits, bytes of note, stretches that go, are doubled or come from elsewhere, an early end.
  private static func mutated(_ seed: [UInt8], _ random: inout SplitMix64) -> [UInt8] {
    var bytes = seed
    for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
      // Sizes and names lie at the beginning and the end, weights between.
      let isEdge = Bool.random(using: &random)
      let place = Int.random(in: 0..<(isEdge ? min(400, bytes.count) : bytes.count), using: &random)
      let end = min(bytes.count, place + Int.random(in: 1...16, using: &random))
      switch Int.random(in: 0..<6, using: &random) {
      case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      case 1: bytes[place] = [0, 1, 0x7f, 0x80, 0xff].randomElement(using: &random) ?? 0
      case 2: bytes.removeSubrange(place..<end)
      case 3: bytes.insert(contentsOf: bytes[place..<end], at: place)
      case 4:
        let from = Int.random(in: 0..<bytes.count, using: &random)
        bytes.replaceSubrange(place..<end, with: bytes[from..<min(bytes.count, from + 16)])
      default: bytes.removeSubrange(place...)
      }
    }
    return bytes
  }

  @Test("what is made of valid files by chance is read, or refused with a line", arguments: 0..<4)
  func mutations(seed place: Int) throws {
    let seed = try Self.seeds()[place]
    _ = try StoredModel(anyFormat: seed, path: "m")
    var random = SplitMix64(seed: 1, stream: UInt64(place))
    for _ in 0..<Self.inputs {
      do {
        _ = try StoredModel(anyFormat: Self.mutated(seed, &random), path: "m")
      } catch let error as FileFormatError {
        #expect(!error.problem.isEmpty && !error.problem.contains("\n"))
      }
    }
  }

  @Test("an operation that is not there is named with its node, and so is what it cannot do")
  func named() throws {
    var model = Array(
      try ONNXWriter(
        Interchanged.model(Interchanged.everything(), .weight, 0.5), normalization: .none
      ).bytes(version: "1"))
    // Of the same length, and no operation of Whittle's.
    let (old, new) = (Array("MaxPool".utf8), Array("LpPool2".utf8))
    let place = try #require(model.indices.first { model[$0...].starts(with: old) })
    model.replaceSubrange(place..<place + old.count, with: new)
    let error = #expect(throws: FileFormatError.self) { try StoredModel(anyFormat: model, path: "m.onnx") }
    #expect(
      error?.problem.hasPrefix("node 'max' (LpPool2): Whittle has no such operation; it reads Add,") == true)
  }

  @Test("a file that names its weights again and again does not fill the memory", .needs(.python("onnx")))
  func repeated() throws {
    // Linear layers of 4096 x 4096 that share one weight: each would be 64 MB.
    let folder = try TemporaryFolder()
    let program = """
      import sys, numpy as np, onnx
      from onnx import helper, numpy_helper
      names = ["x"] + [f"y{i}" for i in range(40)]
      graph = helper.make_graph(
        [helper.make_node("MatMul", [a, "w"], [b]) for a, b in zip(names, names[1:])], "g",
        [helper.make_tensor_value_info("x", 1, ["n", 4096])], [helper.make_tensor_value_info(names[-1], 1, ["n", 4096])],
        [numpy_helper.from_array(np.ones((4096, 4096), np.float32), "w")])
      onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)]), sys.argv[1])
      """
    let made = try Python.run("-c", program, folder("m.onnx"))
    #expect(made.exitCode == 0, "\(made.errors)")
    let error = #expect(throws: FileFormatError.self) { try StoredModel.readAny(folder("m.onnx")) }
    #expect(error?.problem.contains("far more than the file has") == true)
  }
}
