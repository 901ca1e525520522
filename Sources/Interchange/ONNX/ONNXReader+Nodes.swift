import GraphExec
import Text

extension ONNXReader {
  private typealias Handler = @Sendable (inout ONNXReader, ONNXNode) throws(ONNXError) -> Void

  /// What is done with the operations that can be read.
  private static let handlers: [String: Handler] = [
    "Conv": { reader, node throws(ONNXError) in try reader.readConvolution(node) },
    "Gemm": { reader, node throws(ONNXError) in try reader.readGemm(node) },
    "MatMul": { reader, node throws(ONNXError) in try reader.readProduct(node) },
    "Add": { reader, node throws(ONNXError) in try reader.readAddition(node) },
    "Sub": { reader, node throws(ONNXError) in try reader.readScaling(node) },
    "Mul": { reader, node throws(ONNXError) in try reader.readScaling(node) },
    "Div": { reader, node throws(ONNXError) in try reader.readScaling(node) },
    "BatchNormalization": { reader, node throws(ONNXError) in try reader.readBatchNorm(node) },
    "Relu": { reader, node throws(ONNXError) in try reader.readElementwise(node, ReLU()) },
    "MaxPool": { reader, node throws(ONNXError) in try reader.readPool(node) },
    "AveragePool": { reader, node throws(ONNXError) in try reader.readPool(node) },
    "GlobalAveragePool": { reader, node throws(ONNXError) in try reader.readGlobalPool(node) },
    "ReduceMean": { reader, node throws(ONNXError) in try reader.readMean(node) },
    "Dropout": { reader, node throws(ONNXError) in try reader.readDropout(node) },
    "Flatten": { reader, node throws(ONNXError) in try reader.readFlatten(node) },
    "Reshape": { reader, node throws(ONNXError) in try reader.readReshape(node) },
    "Transpose": { reader, node throws(ONNXError) in try reader.readTranspose(node) },
    "Squeeze": { reader, node throws(ONNXError) in try reader.readSqueeze(node) },
    "Identity": { reader, node throws(ONNXError) in
      reader.values[node.output] = try reader.value(node.inputs.first ?? "", of: node)
    },
    "Constant": { reader, node throws(ONNXError) in
      reader.values[node.output] = .constant(try node.constant())
    },
    "Shape": { reader, node throws(ONNXError) in try reader.readShape(node) },
    "Gather": { reader, node throws(ONNXError) in try reader.readGather(node) },
    "Slice": { reader, node throws(ONNXError) in try reader.readSlice(node) },
    "Concat": { reader, node throws(ONNXError) in try reader.readConcatenation(node) },
    "Unsqueeze": { reader, node throws(ONNXError) in try reader.readUnsqueeze(node) },
    "ConstantOfShape": { reader, node throws(ONNXError) in try reader.readFilled(node) },
    "Pad": { reader, node throws(ONNXError) in try reader.readPadding(node) },
    "Cast": { reader, node throws(ONNXError) in try reader.readCast(node) },
  ]

  /// Reads a node.
  ///
  /// - Throws: `ONNXError`, which names the node.
  mutating func read(_ node: ONNXNode, outputOf graph: Onnx_GraphProto) throws(ONNXError) {
    if node.isStandard, ["Softmax", "LogSoftmax"].contains(node.operation) {
      return try readSoftmax(node, isLast: node.output == graph.output.first?.name)
    }
    guard node.isStandard, let handler = Self.handlers[node.operation] else {
      let known = Self.handlers.keys.sorted().joined(separator: ", ")
      throw node.error("Whittle has no such operation; it reads \(known), and Softmax at the end")
    }
    guard node.proto.output.dropFirst().allSatisfy({ $0.isEmpty || readers[$0] == nil }) else {
      throw node.error("more than its first output is read")
    }
    try handler(&self, node)
  }

  /// A tensor that a node reads.
  func view(_ place: Int, of node: ONNXNode) throws(ONNXError) -> ONNXView {
    guard node.inputs.indices.contains(place) else { throw node.error("has no input \(place + 1)") }
    guard case .tensor(let view) = try value(node.inputs[place], of: node) else {
      throw node.error("input \(place + 1) is a constant, and should follow from the images")
    }
    return view
  }

  /// A constant that a node reads; nil where it is left out.
  func constant(_ place: Int, of node: ONNXNode) throws(ONNXError) -> ONNXTensor? {
    guard node.inputs.indices.contains(place), !node.inputs[place].isEmpty else { return nil }
    guard case .constant(let tensor) = try value(node.inputs[place], of: node) else {
      throw node.error("input \(place + 1) follows from the images, and should be a constant")
    }
    return tensor
  }

  /// A constant of floats that must be there, with a shape.
  func floats(_ place: Int, of node: ONNXNode, dims: [Int]? = nil) throws(ONNXError) -> (
    values: [Float], dims: [Int]
  ) {
    guard let tensor = try constant(place, of: node), let values = tensor.floats else {
      throw node.error("input \(place + 1) should be a constant of floats")
    }
    if let dims, tensor.dims != dims {
      throw node.error("input \(place + 1) has the shape \(tensor.dims), expected \(dims)")
    }
    guard values.allSatisfy(\.isFinite) else {
      throw node.error("input \(place + 1) has entries that are not finite numbers")
    }
    return (values, tensor.dims)
  }

  /// Adds a layer that computes what a node does, and gives the node's output to those that read it.
  ///
  /// - Parameter entries: those of its parameters, by the parameter's name in the layer.
  mutating func append(
    _ operation: any LayerOperation, for node: ONNXNode, of inputs: [ONNXView],
    entries: [String: [Float]] = [:],
    as form: ONNXView.Form? = nil
  ) throws(ONNXError) {
    guard inputs.allSatisfy({ !$0.isPadded }) else { throw node.error(ONNXView.onlyConvolutionsPad) }
    let name = name(of: node, operation, hasParameters: !entries.isEmpty)
    let shape: Shape
    do throws(OperationError) {
      shape = try operation.shape(inputs.map(\.shape))
    } catch {
      throw node.error("\(operation.name) \(error)")
    }
    let isNext = inputs.map(\.layer) == [layers.last?.name ?? Network.imagesName]
    layers.append(Network.Layer(name, operation, inputs: isNext ? [] : inputs.map(\.layer)))
    for (parameter, values) in entries { parameters["\(name).\(parameter)"] = values }
    values[node.output] = .tensor(ONNXView(layer: name, shape: shape, form: form ?? inputs[0].form))
  }

  /// A layer's name: that of its weight without `.weight`, or of the module that exporters name the node for; of a layer
  /// without parameters the node's, unless PyTorch made that up. What is no name here is numbered.
  private func name(of node: ONNXNode, _ operation: any LayerOperation, hasParameters: Bool) -> String {
    let own = node.proto.name
    // PyTorch's newer exporter makes up names like node_relu_1, the older one paths of modules.
    var candidate = own.hasPrefix("node_") ? "" : own
    if hasParameters {
      let weight = node.inputs.count > 1 ? node.inputs[1] : ""
      if own.contains("/") { candidate = own.split(separator: "/").dropLast().joined(separator: ".") }
      for suffix in [".weight", ".scale"] where weight.hasSuffix(suffix) {
        candidate = String(weight.dropLast(suffix.count))
      }
    }
    let taken = Set(layers.map(\.name) + [Network.imagesName])
    func isFree(_ name: String) -> Bool {
      (1...100).contains(name.utf8.count) && !taken.contains(name)
        && name.unicodeScalars.allSatisfy {
          $0.isASCII && ($0.properties.isAlphabetic || "0123456789._-".unicodeScalars.contains($0))
        }
    }
    if isFree(candidate) { return candidate }
    // One of the first names is free: there are fewer layers.
    return (1...).lazy.map { "\(operation.name)\($0)" }.first(where: isFree) ?? operation.name
  }
}
