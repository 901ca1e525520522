import Configs
import GraphExec

/// Nodes with weights: convolutions, products and what is added to them, batch norm.
extension ONNXReader {
  /// `Conv`: `[outputs, channels, height, width]` becomes `[channels, height, width, outputs]`.
  mutating func readConvolution(_ node: ONNXNode) throws(ONNXError) {
    let x = try image(node)
    let (weights, dims) = try floats(1, of: node)
    guard dims.count == 4 else {
      throw node.error("has a weight of shape \(dims); only filters of images are read")
    }
    let groups = node.integer("group", default: 1)
    guard groups == 1 else { throw node.error("has \(groups) groups; Whittle's filters read all channels") }
    guard dims[1] == x.shape.channels else {
      throw node.error("has filters of \(dims[1]) channels for an image of \(x.shape)")
    }
    let window = try ONNXWindow(node, kernel: [dims[2], dims[3]], image: x.shape, padded: x.padding)
    guard let place = window.square else {
      throw node.error(
        "has windows of \(window) that no square ones with an equal padding on all sides can stand for")
    }
    let (outputs, kernel) = (dims[0], place.kernel)
    guard ModelConfig.widths.contains(outputs), (1...64).contains(kernel), place.padding < 64 else {
      throw node.error("has \(outputs) filters of \(kernel)x\(kernel); the most are 65536 of 64x64")
    }
    if [kernel, kernel] != window.kernel {
      notes.append(
        "\(node.label): windows of \(window) are held as \(kernel)x\(kernel) with a padding of \(place.padding) on all sides, "
          + "the weights that are more being zero")
    }
    try take(dims[1] * kernel * kernel * outputs, for: node)
    var held = [Float](repeating: 0, count: dims[1] * kernel * kernel * outputs)
    var next = 0
    for output in 0..<outputs {
      for channel in 0..<dims[1] {
        for y in 0..<dims[2] {
          for x in 0..<dims[3] {
            let row = (channel * kernel + y + place.top) * kernel + x + place.left
            held[row * outputs + output] = weights[next]
            next += 1
          }
        }
      }
    }
    var entries = ["weight": held]
    if try constant(2, of: node) != nil { entries["bias"] = try floats(2, of: node, dims: [outputs]).values }
    try append(
      Conv2D(
        outputs: outputs, kernel: kernel, stride: window.stride, padding: place.padding,
        bias: entries["bias"] != nil),
      for: node, of: [x.unpadded], entries: entries)
  }

  /// `Gemm`: `alpha A B + beta C`, A being what follows from the images.
  mutating func readGemm(_ node: ONNXNode) throws(ONNXError) {
    guard node.integer("transA", default: 0) == 0 else { throw node.error("transposes its first input") }
    let alpha = node.float("alpha", default: 1)
    let beta = node.float("beta", default: 1)
    let (values, dims) = try floats(1, of: node)
    guard dims.count == 2 else { throw node.error("has a weight of shape \(dims), expected two extents") }
    let isTransposed = node.integer("transB", default: 0) != 0
    var matrix = isTransposed ? TorchLayout.transposed(values, rows: dims[0], columns: dims[1]) : values
    if alpha != 1 { matrix = matrix.map { $0 * alpha } }
    let outputs = isTransposed ? dims[0] : dims[1]
    var bias: [Float]?
    if let constant = try constant(2, of: node) {
      let own = try floats(2, of: node).values
      guard constant.dims.allSatisfy({ $0 == 1 }) || constant.dims.drop(while: { $0 == 1 }) == [outputs]
      else {
        throw node.error("adds a constant of shape \(constant.dims) to \(outputs) outputs")
      }
      bias = (own.count == 1 ? [Float](repeating: own[0], count: outputs) : own).map { $0 * beta }
    }
    try appendLinear(node, matrix, inputs: isTransposed ? dims[1] : dims[0], outputs: outputs, bias: bias)
  }

  /// `MatMul` with a constant matrix.
  mutating func readProduct(_ node: ONNXNode) throws(ONNXError) {
    let (values, dims) = try floats(1, of: node)
    guard dims.count == 2 else {
      throw node.error("multiplies by a constant of shape \(dims), expected a matrix")
    }
    try appendLinear(node, values, inputs: dims[0], outputs: dims[1], bias: nil)
  }

  private mutating func appendLinear(
    _ node: ONNXNode, _ matrix: [Float], inputs: Int, outputs: Int, bias: [Float]?
  ) throws(ONNXError) {
    let x = try view(0, of: node)
    guard case .features(let image) = x.form else {
      throw node.error(
        "reads [batch, \(x.extents.map(String.init).joined(separator: ", "))], which is not flat")
    }
    guard inputs == x.shape.count else {
      throw node.error("has \(inputs) inputs, but what it reads has \(x.shape.count) features")
    }
    guard ModelConfig.widths.contains(outputs) else {
      throw node.error("has \(outputs) outputs; allowed: 1 to 65536")
    }
    try take(matrix.count, for: node)
    var entries = ["weight": image.map { Self.channelsFirst(matrix, of: $0, columns: outputs) } ?? matrix]
    entries["bias"] = bias
    try append(
      Linear(outputs: outputs, bias: bias != nil), for: node, of: [x], entries: entries,
      as: .features(channelsLast: nil))
  }

  /// `BatchNormalization` of an evaluation: kept, so that the network can be trained on.
  mutating func readBatchNorm(_ node: ONNXNode) throws(ONNXError) {
    guard node.integer("training_mode", default: 0) == 0 else {
      throw node.error(
        "was exported as a training step; export the network in evaluation mode, model.eval() in PyTorch")
    }
    let x = try view(0, of: node)
    var image: Shape?
    switch x.form {
    case .image(false): break
    case .features(let last): image = last
    default:
      throw node.error(
        "normalizes [batch, \(x.extents.map(String.init).joined(separator: ", "))] by its second extent")
    }
    let epsilon = node.float("epsilon", default: 1e-5)
    guard epsilon > 0, epsilon <= 1 else {
      throw node.error("has an epsilon of \(epsilon); allowed: above 0, to 1")
    }
    var entries: [String: [Float]] = [:]
    for (place, name) in ["scale", "shift", "mean", "variance"].enumerated() {
      let own = try floats(place + 1, of: node, dims: [x.shape.channels]).values
      entries[name] = image.map { Self.channelsFirst(own, of: $0, columns: 1) } ?? own
    }
    guard let variance = entries["variance"], variance.allSatisfy({ $0 >= 0 }) else {
      throw node.error("has a negative variance")
    }
    // ONNX's momentum is what stays of the running statistics.
    let momentum = 1 - Double(min(max(node.float("momentum", default: 0.9), 0), 1))
    // As it was said: floats of 0.1 are no decimals.
    try append(
      BatchNorm(momentum: (momentum * 1e6).rounded() / 1e6, epsilon: Double("\(epsilon)") ?? Double(epsilon)),
      for: node, of: [x], entries: entries)
  }

  /// Rows in the order `[channels, height, width]` that were in the order `[height, width, channels]`.
  private static func channelsFirst(_ rows: [Float], of image: Shape, columns: Int) -> [Float] {
    (0..<image.channels).flatMap { channel in
      (0..<image.pixels).flatMap { pixel in
        let row = (pixel * image.channels + channel) * columns
        return rows[row..<row + columns]
      }
    }
  }
}
