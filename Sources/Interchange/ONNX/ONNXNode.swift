import Foundation
import Text

/// A node of an ONNX graph: its operation, what it reads, and its attributes, with errors that name it.
struct ONNXNode {
  let proto: Onnx_NodeProto

  /// The operation's name.
  var operation: String { proto.opType }
  /// Whether it is one of ONNX's own operations.
  var isStandard: Bool { proto.domain.isEmpty || proto.domain == "ai.onnx" }
  /// Names of what it reads, in order; an empty one is left out.
  var inputs: [String] { proto.input }
  /// The name of its first result.
  var output: String { proto.output.first ?? "" }

  /// What messages call it.
  var label: String {
    let operation = Excerpt.of((isStandard ? "" : proto.domain + ".") + proto.opType)
    return proto.name.isEmpty
      ? "the \(operation) that makes '\(Excerpt.of(output))'"
      : "node '\(Excerpt.of(proto.name))' (\(operation))"
  }

  /// An error about this node.
  func error(_ problem: String) -> ONNXError { ONNXError("\(label): \(problem)") }

  private func attribute(_ name: String) -> Onnx_AttributeProto? {
    proto.attribute.first { $0.name == name }
  }

  /// A whole number.
  func integer(_ name: String, default value: Int) -> Int { attribute(name).map { Int($0.i) } ?? value }
  /// A number.
  func float(_ name: String, default value: Float) -> Float { attribute(name)?.f ?? value }
  /// A text.
  func string(_ name: String, default value: String) -> String {
    attribute(name).map { String(decoding: $0.s, as: UTF8.self) } ?? value
  }
  /// A list of whole numbers; nil where it is absent.
  func integers(_ name: String) -> [Int]? { attribute(name)?.ints.map { Int($0) } }

  /// The constant that a `Constant` node holds.
  ///
  /// - Throws: `ONNXError`.
  func constant() throws(ONNXError) -> ONNXTensor {
    for attribute in proto.attribute {
      switch attribute.name {
      case "value":
        do throws(ONNXTensorError) {
          return try ONNXTensor(attribute.t)
        } catch {
          throw self.error(error.problem)
        }
      case "value_float": return ONNXTensor(dims: [], entries: .floats([attribute.f]))
      case "value_floats":
        return ONNXTensor(dims: [attribute.floats.count], entries: .floats(attribute.floats))
      case "value_int": return ONNXTensor(dims: [], entries: .integers([Int(attribute.i)]))
      case "value_ints":
        return ONNXTensor(dims: [attribute.ints.count], entries: .integers(attribute.ints.map { Int($0) }))
      default: continue
      }
    }
    throw error("holds no tensor or number")
  }
}

/// What is wrong with an ONNX graph, in words; the file's name is added where it is known.
struct ONNXError: Error {
  let problem: String

  init(_ problem: String) { self.problem = problem }
}
