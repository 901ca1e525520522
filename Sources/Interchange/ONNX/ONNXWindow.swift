import GraphExec

/// The windows of a convolution or a pooling, as a node says them.
struct ONNXWindow: CustomStringConvertible {
  /// Rows and columns.
  let kernel: [Int]
  /// Pixels from one window to the next, in both directions.
  let stride: Int
  /// Pixels beyond the edge: above, to the left, below, to the right.
  let padding: [Int]
  /// Windows in each direction.
  let counts: [Int]
  private let image: [Int]

  /// - Parameter padded: what the graph has put around the image already, which these windows take over.
  /// - Throws: `ONNXError` for windows that Whittle does not have.
  init(_ node: ONNXNode, kernel: [Int], image: Shape, padded: [Int] = [0, 0, 0, 0]) throws(ONNXError) {
    let said = node.integers("kernel_shape") ?? kernel
    guard said == kernel, kernel.count == 2, kernel.allSatisfy({ (1...1024).contains($0) }) else {
      throw node.error("has windows of \(said); expected two extents from 1 to 1024, as its weight has them")
    }
    let strides = node.integers("strides") ?? [1, 1]
    guard strides.count == 2, strides[0] == strides[1], (1...64).contains(strides[0]) else {
      throw node.error("has strides of \(strides); Whittle has one for both directions, 1 to 64")
    }
    let dilations = node.integers("dilations") ?? [1, 1]
    guard dilations.allSatisfy({ $0 == 1 }) else {
      throw node.error("has dilations of \(dilations); Whittle has none")
    }
    self.kernel = kernel
    stride = strides[0]
    self.image = [image.height, image.width]
    let sides = [image.height + padded[0] + padded[2], image.width + padded[1] + padded[3]]
    let own: [Int]
    switch node.string("auto_pad", default: "NOTSET") {
    case "NOTSET", "": own = node.integers("pads") ?? [0, 0, 0, 0]
    case "VALID": own = [0, 0, 0, 0]
    case let name where name == "SAME_UPPER" || name == "SAME_LOWER":
      let totals = (0..<2).map { axis in
        max(0, ((sides[axis] + strides[0] - 1) / strides[0] - 1) * strides[0] + kernel[axis] - sides[axis])
      }
      let first = totals.map { name == "SAME_UPPER" ? $0 / 2 : $0 - $0 / 2 }
      own = first + zip(totals, first).map { $0 - $1 }
    case let name: throw node.error("has an unknown auto_pad, \(name)")
    }
    guard own.count == 4, own.allSatisfy({ (0...512).contains($0) }) else {
      throw node.error("has a padding of \(own); expected four numbers from 0 to 512")
    }
    padding = zip(own, padded).map { $0 + $1 }
    let stride = stride
    let rooms: [Int] = [
      sides[0] + own[0] + own[2] - kernel[0],
      sides[1] + own[1] + own[3] - kernel[1],
    ]
    counts = rooms.map { (room: Int) -> Int in room < 0 ? 0 : room / stride + 1 }
    guard counts.allSatisfy({ $0 > 0 }) else {
      throw node.error("has windows of \(kernel), larger than its image of \(image)")
    }
    // Where the last window may begin beyond the edge, there could be one more.
    guard node.integer("ceil_mode", default: 0) == 0 || rooms.allSatisfy({ $0 % stride == 0 }) else {
      throw node.error("has a last window that is cut off (ceil_mode); Whittle's windows are whole")
    }
  }

  /// `3x3, stride 2, padding 0,0,1,1`.
  var description: String {
    "\(kernel[0])x\(kernel[1]), stride \(stride), padding \(padding.map(String.init).joined(separator: ","))"
  }

  /// Windows that are square and have one padding on all sides, if these are.
  var plain: (kernel: Int, padding: Int)? {
    kernel[0] == kernel[1] && Set(padding).count == 1 ? (kernel[0], padding[0]) : nil
  }

  /// The smallest square windows with one padding on all sides that these lie in, with as many of them, and where in them
  /// they begin; nil where there are none.
  var square: (kernel: Int, padding: Int, top: Int, left: Int)? {
    for one in max(padding[0], padding[1])...max(padding.max() ?? 0, padding[0]) {
      let needed = (0..<2).map { one - padding[$0] + kernel[$0] }.max() ?? 1
      for side in needed...(needed + 2 * one + max(kernel[0], kernel[1])) where one < side {
        let fits = (0..<2).allSatisfy { axis in
          let room = image[axis] + 2 * one - side
          return room >= 0 && room / stride + 1 == counts[axis]
        }
        if fits { return (side, one, one - padding[0], one - padding[1]) }
      }
    }
    return nil
  }
}
