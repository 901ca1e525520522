/// Nodes that compute with whole numbers: extents of tensors, and what exporters make of them.
extension ONNXReader {
  /// The most numbers that such a node makes.
  private static let maximumExtents = 64

  /// Extents that a node reads, in a row.
  ///
  /// - Throws: `ONNXError` where it reads something else.
  func sizes(_ place: Int, of node: ONNXNode) throws(ONNXError) -> [Int?] {
    guard node.inputs.indices.contains(place) else { throw node.error("has no input \(place + 1)") }
    switch try value(node.inputs[place], of: node) {
    case .sizes(let sizes): return sizes
    case .constant(let tensor):
      guard let integers = tensor.integers, integers.count <= Self.maximumExtents else {
        throw node.error("input \(place + 1) should be a few whole numbers")
      }
      return integers.map { Optional($0) }
    case .tensor: throw node.error("input \(place + 1) should be extents, and is a tensor")
    }
  }

  /// A value that is the same for every batch.
  func known(_ value: Value) -> ONNXTensor? {
    switch value {
    case .tensor: return nil
    case .constant(let tensor): return tensor
    case .sizes(let sizes):
      let all = sizes.compactMap { $0 }
      return all.count == sizes.count ? ONNXTensor(dims: [all.count], entries: .integers(all)) : nil
    }
  }

  /// `Shape`.
  mutating func readShape(_ node: ONNXNode) throws(ONNXError) {
    let all: [Int?] =
      switch try value(node.inputs.first ?? "", of: node) {
      case .tensor(let x): [nil] + x.extents.map { Optional($0) }
      case .constant(let tensor): tensor.dims.map { Optional($0) }
      case .sizes(let sizes): [sizes.count]
      }
    func place(_ index: Int) -> Int { min(max(index < 0 ? index + all.count : index, 0), all.count) }
    let start = place(node.integer("start", default: 0))
    let end = place(node.integer("end", default: all.count))
    values[node.output] = .sizes(Array(all[start..<max(start, end)]))
  }

  /// `Gather` of extents.
  mutating func readGather(_ node: ONNXNode) throws(ONNXError) {
    let all = try sizes(0, of: node)
    var own: [Int?] = []
    for index in try sizes(1, of: node) {
      guard let index, all.indices.contains(index < 0 ? index + all.count : index) else {
        throw node.error("takes an extent that is not there")
      }
      own.append(all[index < 0 ? index + all.count : index])
    }
    values[node.output] = .sizes(own)
  }

  /// `Slice` of extents, or of the rows of a matrix of whole numbers.
  mutating func readSlice(_ node: ONNXNode) throws(ONNXError) {
    let all = try sizes(0, of: node)
    let (starts, ends) = (try sizes(1, of: node), try sizes(2, of: node))
    let axes = try node.inputs.count > 3 ? sizes(3, of: node) : [0]
    let steps = try node.inputs.count > 4 ? sizes(4, of: node) : [1]
    guard starts.count == 1, ends.count == 1, let start = starts[0], let end = ends[0], axes == [0],
      steps.count == 1, let step = steps[0], step != 0,
      (-Self.maximumExtents...Self.maximumExtents).contains(step)
    else {
      throw node.error("cuts extents in more than one direction")
    }
    let dims = known(try value(node.inputs[0], of: node))?.dims ?? [all.count]
    guard dims.count <= 2 else { throw node.error("cuts a constant of shape \(dims)") }
    let rows = dims.first ?? 1
    let width = all.count / max(rows, 1)
    // Forward to the end, backward to before the beginning.
    let allowed = step > 0 ? 0...rows : -1...(rows - 1)
    func place(_ index: Int) -> Int {
      min(max(index < 0 ? index + rows : index, allowed.lowerBound), allowed.upperBound)
    }
    let taken = stride(from: place(start), to: place(end), by: step).flatMap { row in
      all[row * width..<(row + 1) * width]
    }
    guard dims.count == 2 else { return values[node.output] = .sizes(taken) }
    values[node.output] = .constant(
      ONNXTensor(dims: [taken.count / max(width, 1), width], entries: .integers(taken.compactMap { $0 })))
  }

  /// `Concat` of extents.
  mutating func readConcatenation(_ node: ONNXNode) throws(ONNXError) {
    var all: [Int?] = []
    for place in node.inputs.indices { all += try sizes(place, of: node) }
    guard all.count <= Self.maximumExtents else { throw node.error("puts \(all.count) extents together") }
    values[node.output] = .sizes(all)
  }

  /// `Unsqueeze` of extents, which are in a row already.
  mutating func readUnsqueeze(_ node: ONNXNode) throws(ONNXError) {
    values[node.output] = .sizes(try sizes(0, of: node))
  }

  /// `ConstantOfShape` of whole numbers.
  mutating func readFilled(_ node: ONNXNode) throws(ONNXError) {
    let sizes = try sizes(0, of: node)
    guard sizes.count == 1, let count = sizes[0], (0...Self.maximumExtents).contains(count),
      let number = try node.constant().integers?.first
    else {
      throw node.error("makes something else than a few whole numbers")
    }
    values[node.output] = .sizes([Int?](repeating: number, count: count))
  }

  /// `Cast` of extents; all that is computed is float32.
  mutating func readCast(_ node: ONNXNode) throws(ONNXError) {
    let value = try value(node.inputs.first ?? "", of: node)
    if case .tensor = value, node.integer("to", default: 1) != 1 {
      throw node.error("makes another type of the network's numbers than float32")
    }
    values[node.output] = value
  }

  /// `Add`, `Sub`, `Mul` and `Div` of whole numbers.
  ///
  /// - Returns: false where the node computes with something else.
  mutating func readArithmetic(_ node: ONNXNode) throws(ONNXError) -> Bool {
    guard node.inputs.count == 2 else { return false }
    for input in node.inputs {
      switch try value(input, of: node) {
      case .tensor: return false
      case .constant(let tensor): if tensor.integers == nil || tensor.dims.count > 1 { return false }
      case .sizes: continue
      }
    }
    let (a, b) = (try sizes(0, of: node), try sizes(1, of: node))
    guard a.count == b.count || a.count == 1 || b.count == 1 else {
      throw node.error("computes with \(a.count) and \(b.count) extents")
    }
    var results: [Int?] = []
    for place in 0..<(a.count == 1 ? b.count : a.count) {
      guard let x = a[a.count == 1 ? 0 : place], let y = b[b.count == 1 ? 0 : place] else {
        // What follows from the size of the batch is not known.
        results.append(nil)
        continue
      }
      let (result, fails) =
        switch node.operation {
        case "Add": x.addingReportingOverflow(y)
        case "Sub": x.subtractingReportingOverflow(y)
        case "Mul": x.multipliedReportingOverflow(by: y)
        // Towards zero, as ONNX has it.
        default: x.dividedReportingOverflow(by: y)
        }
      guard !fails else { throw node.error("computes \(x) and \(y) to what is no whole number of 64 bits") }
      results.append(result)
    }
    values[node.output] = .sizes(results)
    return true
  }
}
