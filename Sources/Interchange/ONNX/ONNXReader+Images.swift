import GraphExec

/// Nodes without weights that compute: poolings, ReLU, dropout, softmax.
extension ONNXReader {
  /// What a node reads that takes images, which have their channels first.
  func image(_ node: ONNXNode) throws(ONNXError) -> ONNXView {
    let x = try view(0, of: node)
    guard case .image(false) = x.form else {
      throw node.error(
        "reads [batch, \(x.extents.map(String.init).joined(separator: ", "))] as an image whose channels come first"
      )
    }
    return x
  }

  /// `Pad` with zeros around an image, for the convolution that reads it.
  mutating func readPadding(_ node: ONNXNode) throws(ONNXError) {
    let x = try view(0, of: node)
    let pads = try sizes(1, of: node).compactMap { $0 }
    let first: Int? =
      switch x.form {
      case .image(let channelsLast): channelsLast ? 1 : 2
      default: nil
      }
    guard let first, pads.count == 8, node.inputs.count < 4 || node.inputs[3].isEmpty else {
      throw node.error(
        "pads [batch, \(x.extents.map(String.init).joined(separator: ", "))] by \(pads); Whittle reads what pads images"
      )
    }
    let around = [first, first + 1, first + 4, first + 5].map { pads[$0] }
    let padding = zip(x.padding, around).map { $0.addingReportingOverflow($1).partialValue }
    guard (around + padding).allSatisfy({ (0...512).contains($0) }),
      pads.count(where: { $0 != 0 }) == around.count(where: { $0 != 0 })
    else {
      throw node.error("pads by \(pads); Whittle reads 0 to 512 rows and columns around an image")
    }
    let filler = try constant(2, of: node)?.floats?.first ?? 0
    guard node.string("mode", default: "constant") == "constant", filler == 0 else {
      throw node.error("pads with something else than zeros")
    }
    var padded = x
    padded.padding = padding
    values[node.output] = .tensor(padded)
  }

  /// A node that does the same with each entry.
  mutating func readElementwise(_ node: ONNXNode, _ operation: any LayerOperation) throws(ONNXError) {
    try append(operation, for: node, of: [view(0, of: node)])
  }

  /// `MaxPool` and `AveragePool`.
  mutating func readPool(_ node: ONNXNode) throws(ONNXError) {
    let x = try image(node)
    let window = try ONNXWindow(node, kernel: node.integers("kernel_shape") ?? [], image: x.shape)
    let isAverage = node.operation == "AveragePool"
    if isAverage, window.kernel == [x.shape.height, x.shape.width], window.padding.allSatisfy({ $0 == 0 }) {
      return try append(GlobalAveragePool(), for: node, of: [x])
    }
    guard let place = window.plain, 2 * place.padding <= place.kernel else {
      throw node.error(
        "has windows of \(window); Whittle's poolings are square, with one padding on all sides")
    }
    let counted = node.integer("count_include_pad", default: 0) != 0
    guard !isAverage || place.padding == 0 || counted else {
      throw node.error("leaves the padding out of its means; Whittle counts it (count_include_pad)")
    }
    let own = PoolWindow(kernel: place.kernel, stride: window.stride, padding: place.padding)
    try append(isAverage ? AveragePool(own) as any LayerOperation : MaxPool(own), for: node, of: [x])
  }

  /// `GlobalAveragePool`.
  mutating func readGlobalPool(_ node: ONNXNode) throws(ONNXError) {
    try append(GlobalAveragePool(), for: node, of: [image(node)])
  }

  /// `ReduceMean` over an image's rows and columns.
  mutating func readMean(_ node: ONNXNode) throws(ONNXError) {
    let x = try view(0, of: node)
    let listed = try constant(1, of: node)?.integers
    let axes = node.integers("axes") ?? listed ?? []
    let rank = x.extents.count + 1
    let places = axes.map { $0 < 0 ? $0 + rank : $0 }.sorted()
    let isSpace =
      switch x.form {
      case .image(let channelsLast): places == (channelsLast ? [1, 2] : [2, 3])
      default: false
      }
    guard isSpace else {
      throw node.error("takes the mean over the axes \(axes), which are not an image's rows and columns")
    }
    let keeps = node.integer("keepdims", default: 1) != 0
    try append(GlobalAveragePool(), for: node, of: [x], as: keeps ? x.form : .features(channelsLast: nil))
  }

  /// `Dropout`, which does nothing unless the network is trained.
  mutating func readDropout(_ node: ONNXNode) throws(ONNXError) {
    let x = try view(0, of: node)
    let rate = try constant(1, of: node)?.floats?.first ?? 0.5
    guard rate > 0 else { return values[node.output] = .tensor(x) }
    guard rate < 1 else { throw node.error("has a rate of \(rate); allowed: 0 to below 1") }
    try append(Dropout(rate: Double("\(rate)") ?? Double(rate)), for: node, of: [x])
  }

  /// `Softmax` at the end: Whittle puts out what it is taken of.
  mutating func readSoftmax(_ node: ONNXNode, isLast: Bool) throws(ONNXError) {
    let x = try view(0, of: node)
    let axis = node.integer("axis", default: -1)
    guard isLast, axis == -1 || axis == x.extents.count else {
      throw node.error(
        "stands within the network, or is not over the classes; Whittle reads it at the end only")
    }
    notes.append("\(node.operation) at the end is left out: a network here puts out logits")
    values[node.output] = .tensor(x)
  }
}
