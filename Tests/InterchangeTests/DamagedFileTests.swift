import Files
import GraphExec
import Interchange
import ModelFiles
import TestSupport
import Testing

/// Protects people from files that are made to harm, or hold what is not known: a line that names it. Those that are damaged by
/// chance are among `FuzzTarget`'s.
@Suite("Damaged networks")
struct DamagedFileTests {
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
