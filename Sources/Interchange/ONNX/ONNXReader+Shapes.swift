import GraphExec

/// Nodes that only change how a tensor is shown.
extension ONNXReader {
  /// `Flatten` behind the batch.
  mutating func readFlatten(_ node: ONNXNode) throws(ONNXError) {
    let x = try view(0, of: node)
    let axis = node.integer("axis", default: 1)
    guard axis == 1 || axis == -x.extents.count else {
      throw node.error("flattens at axis \(axis), and Whittle at axis 1 only: the batch stays")
    }
    try flatten(x, for: node)
  }

  private mutating func flatten(_ x: ONNXView, for node: ONNXNode) throws(ONNXError) {
    switch x.form {
    case .features: values[node.output] = .tensor(x)
    case .image where x.shape.isFlat: values[node.output] = .tensor(x.shown(as: .features(channelsLast: nil)))
    case .image, .plane:
      try append(
        Flatten(), for: node, of: [x], as: .features(channelsLast: x.isInOrder ? nil : x.shape))
    }
  }

  /// `Reshape` that flattens, or moves nothing.
  mutating func readReshape(_ node: ONNXNode) throws(ONNXError) {
    let target = try sizes(1, of: node)
    if let tensor = known(try value(node.inputs[0], of: node)) {
      guard let dims = dims(target, count: tensor.count) else {
        let text = target.map { $0.map(String.init) ?? "batch" }.joined(separator: ", ")
        throw node.error("reshapes a constant of shape \(tensor.dims) to [\(text)]")
      }
      values[node.output] = .constant(ONNXTensor(dims: dims, entries: tensor.entries))
      return
    }
    let x = try view(0, of: node)
    guard let extents = extents(target, of: x, keepsZeros: node.integer("allowzero", default: 0) != 0) else {
      let text = target.map { $0.map(String.init) ?? "batch" }.joined(separator: ", ")
      throw node.error("reshapes [batch, \(x.extents.map(String.init).joined(separator: ", "))] to [\(text)]")
    }
    if extents == [x.shape.count] { return try flatten(x, for: node) }
    if layers.isEmpty, x.layer == Network.imagesName, x.form == .features(channelsLast: nil),
      extents.count == 3,
      readers[node.inputs[0]] == 1
    {
      // The images come as rows of numbers: their real shape is the one that is made of them.
      input = Shape(extents[0], extents[1], extents[2])
      values[node.output] = .tensor(ONNXView(layer: x.layer, shape: input, form: .image(channelsLast: false)))
      return
    }
    guard let shown = reshaped(x, to: extents) else {
      throw node.error(
        "reshapes \(x.extents) to \(extents), and Whittle reads only what flattens an image or leaves it as it is"
      )
    }
    values[node.output] = .tensor(shown)
  }

  /// The extents of a constant that a target means, of which one may be -1; nil where it does not fit.
  private func dims(_ target: [Int?], count: Int) -> [Int]? {
    var dims = target.compactMap { $0 }
    guard dims.count == target.count, let rest = Self.product(dims.filter { $0 != -1 }) else { return nil }
    if let open = dims.firstIndex(of: -1) { dims[open] = rest > 0 ? count / rest : 0 }
    return Self.product(dims) == count ? dims : nil
  }

  /// Entries of so many extents; nil where that is no number of them.
  private static func product(_ extents: [Int]) -> Int? {
    var count = 1
    for extent in extents {
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      guard extent >= 0, !overflow else { return nil }
      count = product
    }
    return count
  }

  /// The extents behind the batch that a target means; nil where it does not keep the batch, or does not fit.
  private func extents(_ target: [Int?], of x: ONNXView, keepsZeros: Bool) -> [Int]? {
    let before = [nil] + x.extents.map { Optional($0) }
    var own = target
    for place in own.indices where own[place] == 0 && !keepsZeros && place < before.count {
      own[place] = before[place]
    }
    guard let first = own.first, own.dropFirst().allSatisfy({ $0 != nil }) else { return nil }
    var extents = own.dropFirst().compactMap { $0 }
    if let open = extents.firstIndex(of: -1) {
      let rest = extents.filter { $0 != -1 }.reduce(1) { $0.multipliedReportingOverflow(by: $1).partialValue }
      guard rest > 0, x.shape.count % rest == 0 else { return nil }
      extents[open] = x.shape.count / rest
    } else if first != nil, first != -1, first != batch {
      return nil
    }
    // The batch is what is left over, or it is said.
    guard first == nil || first == batch || (first == -1 && !target.dropFirst().contains(-1)) else {
      return nil
    }
    return Self.product(extents) == x.shape.count ? extents : nil
  }

  /// The same entries in the same order with other extents.
  private func reshaped(_ x: ONNXView, to extents: [Int]) -> ONNXView? {
    if extents == x.extents { return x }
    // Channels alone, or pixels of one channel, are in order whatever extents of 1 stand beside them.
    if x.shape.isFlat, x.isInOrder, extents == [x.shape.count, 1, 1] {
      return x.shown(as: .image(channelsLast: false))
    }
    let plane = [x.shape.height, x.shape.width]
    if x.shape.channels == 1 {
      if extents == [1] + plane { return x.shown(as: .image(channelsLast: false)) }
      if extents == plane + [1] { return x.shown(as: .image(channelsLast: true)) }
      if extents == plane { return x.shown(as: .plane) }
    }
    return nil
  }

  /// `Transpose` that moves an image's channels, or of a constant matrix.
  mutating func readTranspose(_ node: ONNXNode) throws(ONNXError) {
    let order = node.integers("perm")
    switch try value(node.inputs.first ?? "", of: node) {
    case .constant(let tensor):
      guard tensor.dims.count == 2, order == nil || order == [1, 0] else {
        throw node.error("transposes a constant of shape \(tensor.dims); Whittle reads that of matrices")
      }
      let (rows, columns) = (tensor.dims[0], tensor.dims[1])
      let entries: ONNXTensor.Entries =
        switch tensor.entries {
        case .floats(let own): .floats(TorchLayout.transposed(own, rows: rows, columns: columns))
        case .integers(let own): .integers(TorchLayout.transposed(own, rows: rows, columns: columns))
        }
      values[node.output] = .constant(ONNXTensor(dims: [columns, rows], entries: entries))
    case .tensor(let x):
      switch (x.form, order) {
      case (.image(false), [0, 2, 3, 1]):
        values[node.output] = .tensor(x.shown(as: .image(channelsLast: true)))
      case (.image(true), [0, 3, 1, 2]):
        values[node.output] = .tensor(x.shown(as: .image(channelsLast: false)))
      case (_, .some(let order)) where order == Array(0...x.extents.count): values[node.output] = .tensor(x)
      default:
        throw node.error(
          "transposes [batch, \(x.extents.map(String.init).joined(separator: ", "))] to the order \(order ?? []); Whittle reads "
            + "what moves an image's channels")
      }
    case .sizes: throw node.error("transposes extents")
    }
  }

  /// `Squeeze` of rows and columns of 1.
  mutating func readSqueeze(_ node: ONNXNode) throws(ONNXError) {
    guard case .tensor(let x) = try value(node.inputs.first ?? "", of: node) else {
      return values[node.output] = try value(node.inputs.first ?? "", of: node)
    }
    let rank = x.extents.count + 1
    let axes = try sizes(1, of: node).compactMap { $0.map { $0 < 0 ? $0 + rank : $0 } }
    guard case .image(let channelsLast) = x.form, x.shape.isFlat,
      axes.sorted() == (channelsLast ? [1, 2] : [2, 3])
    else {
      throw node.error(
        "squeezes the axes \(axes) of [batch, \(x.extents.map(String.init).joined(separator: ", "))]")
    }
    values[node.output] = .tensor(x.shown(as: .features(channelsLast: nil)))
  }
}
