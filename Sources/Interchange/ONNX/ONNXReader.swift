import Configs
import Files
import Foundation
import GraphExec
import ModelFiles
import SwiftProtobuf
import Text

/// Reads a network and its parameters from an ONNX file (https://onnx.ai/onnx/intro/concepts.html), opset 13 or later.
///
/// Nodes become Whittle's layers one by one, in the graph's order; what only names, flattens or transposes becomes none.
struct ONNXReader {
  /// What a name of the graph stands for.
  enum Value {
    case tensor(ONNXView)
    case constant(ONNXTensor)
    /// Extents, of which those that are nil are the batch's.
    case sizes([Int?])
  }

  /// The oldest opset whose operations are read.
  static let oldestOpset = 13
  private static let maximumLayers = 1000

  var values: [String: Value] = [:]
  /// Constants that have not been looked at, by their names.
  private var initializers: [String: Onnx_TensorProto] = [:]
  private var sparseInitializers: [String: Onnx_SparseTensorProto] = [:]
  /// How many nodes read a name.
  private(set) var readers: [String: Int] = [:]
  /// Images of a batch, where the graph fixes that.
  private(set) var batch: Int?
  /// The shape of an image.
  var input = Shape(1)
  /// Entries that parameters may still have: a file that names its weights again and again does not fill the memory.
  private var room = 0
  var layers: [Network.Layer] = []
  /// Entries of parameters, by their names, as Whittle holds them.
  var parameters: [String: [Float]] = [:]
  /// What was left out or changed, for people.
  var notes: [String] = []

  /// The model of a file.
  ///
  /// - Throws: `FileFormatError`, which names the node that cannot be read.
  static func model(_ bytes: [UInt8], path: String) throws -> ImportedModel {
    let proto: Onnx_ModelProto
    do {
      proto = try Onnx_ModelProto(serializedBytes: bytes)
    } catch {
      throw FileFormatError(path, "not a valid ONNX file: it is damaged or cut short")
    }
    do throws(ONNXError) {
      var reader = ONNXReader()
      reader.room = max(1 << 24, bytes.count)
      return try reader.model(proto)
    } catch {
      throw FileFormatError(path, error.problem)
    }
  }

  private mutating func model(_ proto: Onnx_ModelProto) throws(ONNXError) -> ImportedModel {
    guard proto.hasGraph, !proto.graph.node.isEmpty else {
      throw ONNXError("not an ONNX model: it has no graph")
    }
    let opset = proto.opsetImport.first { $0.domain.isEmpty || $0.domain == "ai.onnx" }?.version ?? 0
    guard opset >= Self.oldestOpset else {
      throw ONNXError(
        "opset \(opset); Whittle reads \(Self.oldestOpset) and later: export again with a newer opset_version"
      )
    }
    let graph = proto.graph
    for tensor in graph.initializer { initializers[tensor.name] = tensor }
    for tensor in graph.sparseInitializer { sparseInitializers[tensor.values.name] = tensor }
    guard graph.output.count == 1, let output = graph.output.first?.name else {
      throw ONNXError(
        "the graph has \(graph.output.count) outputs; a network here has one, a value for each class")
    }
    let nodes = Self.nodes(of: graph, for: output)
    for node in nodes { for name in Set(node.inputs) { readers[name, default: 0] += 1 } }
    try readInput(graph, nodes)
    for node in nodes {
      try read(node, outputOf: graph)
      guard layers.count <= Self.maximumLayers else {
        throw ONNXError("more than \(Self.maximumLayers) layers, the most that is allowed")
      }
    }
    guard case .tensor(let last)? = values[output], last.layer == layers.last?.name else {
      throw ONNXError("the output '\(Excerpt.of(output))' is not what the last layer puts out")
    }
    guard !last.isPadded else { throw ONNXError("the output '\(Excerpt.of(output))' is padded") }
    guard last.isInOrder else { throw ONNXError("the output '\(Excerpt.of(output))' has its channels last") }
    let metadata = Dictionary(proto.metadataProps.map { ($0.key, $0.value) }) { first, _ in first }
    return try ImportedModel(
      source: Self.source(proto, opset: opset), input: input, layers: layers, values: parameters,
      notes: notes,
      normalization: metadata[ONNXMetadata.normalization])
  }

  private static func source(_ proto: Onnx_ModelProto, opset: Int64) -> String {
    let producer = [proto.producerName, proto.producerVersion].filter { !$0.isEmpty }.joined(separator: " ")
    return "ONNX, opset \(opset)" + (producer.isEmpty ? "" : ", made by \(Excerpt.of(producer))")
  }

  /// The nodes that lead to the output, in running order.
  private static func nodes(of graph: Onnx_GraphProto, for output: String) -> [ONNXNode] {
    var wanted: Set = [output]
    var nodes: [ONNXNode] = []
    for node in graph.node.reversed() where node.output.contains(where: wanted.contains) {
      wanted.formUnion(node.input)
      nodes.append(ONNXNode(proto: node))
    }
    return nodes.reversed()
  }

  /// Takes room for so many entries of a parameter.
  ///
  /// - Throws: `ONNXError` where there is none left.
  mutating func take(_ entries: Int, for node: ONNXNode) throws(ONNXError) {
    guard entries <= room else {
      throw node.error("would make \(entries) entries of weights, far more than the file has")
    }
    room -= entries
  }

  /// What a name stands for.
  ///
  /// - Throws: `ONNXError` where it stands for nothing.
  func value(_ name: String, of node: ONNXNode) throws(ONNXError) -> Value {
    if case .tensor(var view)? = values[name] {
      view.isShared = view.isShared || (readers[name] ?? 0) > 1
      return .tensor(view)
    }
    if let value = values[name] { return value }
    do throws(ONNXTensorError) {
      if let tensor = initializers[name] { return .constant(try ONNXTensor(tensor)) }
      if let tensor = sparseInitializers[name] { return .constant(try ONNXTensor(tensor)) }
    } catch {
      throw node.error("its constant '\(Excerpt.of(name))' \(error.problem)")
    }
    throw node.error("reads '\(Excerpt.of(name))', which nothing before it makes")
  }

  /// The network's input: the one that is no constant.
  private mutating func readInput(_ graph: Onnx_GraphProto, _ nodes: [ONNXNode]) throws(ONNXError) {
    let inputs = graph.input.filter { initializers[$0.name] == nil && readers[$0.name] != nil }
    guard inputs.count == 1 else {
      throw ONNXError("the graph has \(inputs.count) inputs; a network here has one, a batch of images")
    }
    let input = inputs[0]
    let name = input.name
    guard case .tensorType(let type)? = input.type.value else {
      throw ONNXError("the input '\(Excerpt.of(name))' has no known shape")
    }
    guard type.elemType == 1 else {
      throw ONNXError("the input '\(Excerpt.of(name))' is not of float32; Whittle gives networks floats")
    }
    let dims = type.shape.dim.map { dim -> Int? in
      if case .dimValue(let value)? = dim.value, value > 0 { Int(value) } else { nil }
    }
    let extents = dims.dropFirst().compactMap { $0 }
    guard (1...3).contains(extents.count), extents.count == dims.count - 1,
      extents.allSatisfy(ModelConfig.widths.contains), extents.reduce(1, *) <= 1 << 24
    else {
      throw ONNXError(
        "the input '\(Excerpt.of(name))' has the shape [\(dims.map { $0.map(String.init) ?? "?" }.joined(separator: ", "))]; "
          + "expected [batch, features], [batch, height, width] or [batch, channels, height, width], all but the batch fixed"
      )
    }
    batch = dims[0]
    let view = Self.inputView(extents, readBy: nodes.filter { $0.inputs.contains(name) })
    values[name] = .tensor(view)
    self.input = view.shape
    if case .image(true) = view.form {
      notes.append(
        "input \(name) has its channels last; Whittle's images, and what it exports, have them first")
    }
  }

  /// An image has its channels last where the first thing done to it is to bring them to the front, or where there are no
  /// more of them there than a picture has.
  private static func inputView(_ extents: [Int], readBy nodes: [ONNXNode]) -> ONNXView {
    func view(_ shape: Shape, _ form: ONNXView.Form) -> ONNXView {
      ONNXView(layer: Network.imagesName, shape: shape, form: form)
    }
    switch extents.count {
    case 1: return view(Shape(extents[0]), .features(channelsLast: nil))
    case 2: return view(Shape(1, extents[0], extents[1]), .plane)
    default:
      let transposes = nodes.filter { $0.operation == "Transpose" }
      let isTransposed =
        transposes.count == nodes.count
        && transposes.allSatisfy { $0.integers("perm") == [0, 3, 1, 2] }
      let isPicture = extents[2] <= 4 && extents[0] > 4 && !nodes.contains { $0.operation == "Conv" }
      return isTransposed || isPicture
        ? view(Shape(extents[2], extents[0], extents[1]), .image(channelsLast: true))
        : view(Shape(extents[0], extents[1], extents[2]), .image(channelsLast: false))
    }
  }
}

/// Keys of what Whittle says of a model in ONNX's metadata.
enum ONNXMetadata {
  /// What a byte of an image becomes, as a config writes it.
  static let normalization = "whittle.normalization"
}
