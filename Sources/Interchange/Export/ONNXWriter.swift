import Foundation
import GraphExec
import ModelFiles
import SwiftProtobuf

/// Writes a model as ONNX: opset 13, one input of a batch of images, one output of logits.
package struct ONNXWriter {
  /// What the file's network is given.
  package enum Input: String, CaseIterable, Sendable {
    /// What the network was trained on: float32, normalized.
    case values
    /// The bytes of the images: the first operations of the graph normalize them.
    case bytes
  }

  private let stored: StoredModel
  private let network: ExportedNetwork
  private let normalization: PixelNormalization
  private let input: Input
  private let sparse: Bool
  private var graph = Onnx_GraphProto()

  /// - Parameters:
  ///   - stored: the model: the units that it still has are written.
  ///   - normalization: what a byte of an image becomes before the network sees it.
  ///   - sparse: whether a weight is a `sparse_initializer` where that takes fewer bytes.
  package init(
    _ stored: StoredModel, normalization: PixelNormalization, input: Input = .values, sparse: Bool = false
  ) {
    (self.stored, self.normalization) = (stored, normalization)
    (self.input, self.sparse) = (input, sparse)
    network = ExportedNetwork(stored.network)
  }

  /// The content of the file.
  ///
  /// - Parameter version: that of the program, which the file names.
  package func bytes(version: String) throws -> [UInt8] {
    var writer = self
    writer.addGraph()
    var model = Onnx_ModelProto()
    // What the first runtimes for opset 13 read.
    model.irVersion = 7
    var opset = Onnx_OperatorSetIdProto()
    opset.version = Int64(ONNXReader.oldestOpset)
    model.opsetImport = [opset]
    (model.producerName, model.producerVersion) = ("whittle", version)
    model.graph = writer.graph
    if input == .values {
      var entry = Onnx_StringStringEntryProto()
      (entry.key, entry.value) = (ONNXMetadata.normalization, normalization.json.compact)
      model.metadataProps = [entry]
    }
    return try model.serializedBytes()
  }

  private mutating func addGraph() {
    graph.name = "whittle"
    let images = addInput()
    for step in network.steps { add(step, images: images) }
    guard let last = network.steps.last else { return }
    var output = name(of: last.layer, images: images)
    if case .image = last.gives {
      output = addNode("Flatten", [output], "logits:flat", integers: ["axis": 1])
    }
    _ = addNode("Identity", [output], "logits")
    graph.output = [
      Self.info(
        "logits", [nil, stored.network.outputs], "a value for each class; softmax makes them probabilities")
    ]
  }

  /// The input, and with bytes what makes the network's numbers of them.
  ///
  /// - Returns: the name of what the first layer reads.
  private mutating func addInput() -> String {
    let shape = stored.network.input
    let isFlat = shape.isFlat
    let dims = isFlat ? [nil, shape.count] : [nil, shape.channels, shape.height, shape.width]
    guard input == .bytes else {
      let what =
        normalization == .none
        ? "byte / 255" : "(byte / 255 - mean) / deviation, \(normalization.json.compact)"
      graph.input = [Self.info(Network.imagesName, dims, "of a byte of an image: \(what)")]
      return Network.imagesName
    }
    graph.input = [
      Self.info("bytes", dims, "bytes of images, normalized by the graph", type: .uint8)
    ]
    let scales = normalization.scales(features: shape.count)
    let (factors, offsets) = (scales[..<shape.count], scales[shape.count...])
    let pixels = isFlat ? 1 : shape.pixels
    let extents = isFlat ? [shape.count] : [shape.channels, 1, 1]
    func numbers(_ all: ArraySlice<Float>) -> [Float] {
      stride(from: all.startIndex, to: all.endIndex, by: pixels).map { all[$0] }
    }
    addInitializer("bytes:factor", extents, numbers(factors))
    addInitializer("bytes:offset", extents, numbers(offsets))
    let values = addNode("Cast", ["bytes"], "bytes:values", integers: ["to": 1])
    let scaled = addNode("Mul", [values, "bytes:factor"], "bytes:scaled")
    return addNode("Add", [scaled, "bytes:offset"], Network.imagesName)
  }

  /// What the output of a layer is called: no layer, and so no other tensor, has a colon in its name.
  private func name(of source: Int?, images: String) -> String {
    source.map { "\(stored.network.layers[$0].name):0" } ?? images
  }

  private mutating func add(_ step: ExportedNetwork.Step, images: String) {
    let layer = stored.network.layers[step.layer]
    let inputs = step.sources.map { source -> String in
      let own = name(of: source, images: images)
      switch (network.rank(source), step.takes) {
      case (.image, .flat) where !(layer.operation is Flatten):
        return addNode("Flatten", [own], "\(layer.name):flat:\(own)", integers: ["axis": 1])
      case (.flat, .image):
        let shape = network.shape(source)
        let target = "\(layer.name):shape"
        addInitializer(target, [0, shape.channels, shape.height, shape.width])
        return addNode("Reshape", [own, target], "\(layer.name):image")
      default: return own
      }
    }
    let parameters = stored.network.parameters(of: step.layer)
    for parameter in parameters { add(parameter, of: layer.operation) }
    let read = inputs + parameters.map { stored.network[$0].name }
    let output = "\(layer.name):0"
    func append(
      _ operation: String, integers: [String: Int] = [:], floats: [String: Float] = [:],
      lists: [String: [Int]] = [:]
    ) {
      _ = addNode(
        operation, read, output, named: layer.name, integers: integers, floats: floats, lists: lists)
    }
    switch layer.operation {
    case let own as Conv2D: append("Conv", lists: Self.window(own.kernel, own.stride, own.padding))
    case let own as Linear: append(own.bias ? "Gemm" : "MatMul")
    case let own as BatchNorm:
      // ONNX's momentum is what stays of the running statistics.
      append(
        "BatchNormalization",
        floats: ["epsilon": Float(own.epsilon), "momentum": Float(1 - own.momentum)])
    case let own as MaxPool: append("MaxPool", lists: Self.window(own.window))
    case let own as AveragePool:
      append("AveragePool", integers: ["count_include_pad": 1], lists: Self.window(own.window))
    case is GlobalAveragePool:
      let pooled = addNode("GlobalAveragePool", read, "\(layer.name):image", named: layer.name)
      _ = addNode("Flatten", [pooled], output, integers: ["axis": 1])
    case is Flatten: append("Flatten", integers: ["axis": 1])
    case is Add: append("Add")
    case is ReLU: append("Relu")
    default: preconditionFailure("\(layer.operation.name) has no form in ONNX")
    }
  }

  private static func window(_ kernel: Int, _ stride: Int, _ padding: Int) -> [String: [Int]] {
    [
      "kernel_shape": [kernel, kernel], "strides": [stride, stride],
      "pads": [padding, padding, padding, padding],
    ]
  }

  private static func window(_ own: PoolWindow) -> [String: [Int]] {
    window(own.kernel, own.stride, own.padding)
  }

  /// A parameter: the weight of a linear layer as Whittle has it, `[inputs, outputs]`, that of a convolution outputs first.
  private mutating func add(_ id: ParameterID, of operation: any LayerOperation) {
    let (parameter, own) = (stored.network[id], stored.parameters[id.index])
    let isTurned = operation is Conv2D && parameter.isWeight
    let dims = isTurned ? TorchLayout.dimensions(of: parameter) : parameter.shape.dimensions
    let values = own.matrix.values
    let entries = isTurned ? TorchLayout.outputsFirst(values, of: parameter) : values
    // A number and its place, 4 and 8 bytes, against 4 for each entry.
    guard sparse, parameter.isWeight, 3 * own.survivors < entries.count else {
      return addInitializer(parameter.name, dims, entries)
    }
    let mask = isTurned ? TorchLayout.outputsFirst(own.mask, of: parameter) : own.mask
    let places = mask.indices.filter { mask[$0] != 0 }
    var tensor = Onnx_SparseTensorProto()
    tensor.dims = dims.map { Int64($0) }
    tensor.values = Self.tensor(parameter.name, [places.count], places.map { entries[$0] }, .float)
    tensor.indices = Self.tensor("", [places.count], places.map { Int64($0) }, .int64)
    graph.sparseInitializer.append(tensor)
  }

  private mutating func addInitializer(_ name: String, _ dims: [Int], _ values: [Float]) {
    graph.initializer.append(Self.tensor(name, dims, values, .float))
  }

  /// A short list of extents.
  private mutating func addInitializer(_ name: String, _ extents: [Int]) {
    graph.initializer.append(Self.tensor(name, [extents.count], extents.map { Int64($0) }, .int64))
  }

  private static func tensor<Entry>(
    _ name: String, _ dims: [Int], _ values: [Entry], _ type: Onnx_TensorProto.DataType
  ) -> Onnx_TensorProto {
    var tensor = Onnx_TensorProto()
    tensor.name = name
    tensor.dims = dims.map { Int64($0) }
    tensor.dataType = Int32(type.rawValue)
    tensor.rawData = values.withUnsafeBytes { Data($0) }
    return tensor
  }

  /// - Returns: the name of the output.
  private mutating func addNode(
    _ operation: String, _ inputs: [String], _ output: String, named name: String? = nil,
    integers: [String: Int] = [:], floats: [String: Float] = [:], lists: [String: [Int]] = [:]
  ) -> String {
    var node = Onnx_NodeProto()
    (node.opType, node.input, node.output, node.name) = (operation, inputs, [output], name ?? output)
    func attribute(_ name: String, _ type: Onnx_AttributeProto.AttributeType) -> Onnx_AttributeProto {
      var own = Onnx_AttributeProto()
      (own.name, own.type) = (name, type)
      return own
    }
    for (name, value) in integers.sorted(by: { $0.key < $1.key }) {
      var own = attribute(name, .int)
      own.i = Int64(value)
      node.attribute.append(own)
    }
    for (name, value) in floats.sorted(by: { $0.key < $1.key }) {
      var own = attribute(name, .float)
      own.f = value
      node.attribute.append(own)
    }
    for (name, values) in lists.sorted(by: { $0.key < $1.key }) {
      var own = attribute(name, .ints)
      own.ints = values.map { Int64($0) }
      node.attribute.append(own)
    }
    graph.node.append(node)
    return output
  }

  /// A tensor that comes in or goes out; an extent that is nil is the batch's.
  private static func info(
    _ name: String, _ dims: [Int?], _ text: String, type: Onnx_TensorProto.DataType = .float
  ) -> Onnx_ValueInfoProto {
    var tensor = Onnx_TypeProto.Tensor()
    tensor.elemType = Int32(type.rawValue)
    tensor.shape.dim = dims.map { extent in
      var dimension = Onnx_TensorShapeProto.Dimension()
      if let extent { dimension.dimValue = Int64(extent) } else { dimension.dimParam = "batch" }
      return dimension
    }
    var info = Onnx_ValueInfoProto()
    info.name = name
    info.type.tensorType = tensor
    info.docString = text
    return info
  }
}
