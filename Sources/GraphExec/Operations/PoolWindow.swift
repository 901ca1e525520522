/// The windows of a pooling: squares of pixels, a step apart, that may begin before the image's edge.
public struct PoolWindow: Sendable, Hashable {
  /// Pixels of a side.
  public let kernel: Int
  /// Pixels from one window to the next.
  public let stride: Int
  /// Pixels before the image, on each side.
  public let padding: Int

  /// Creates windows; by default they follow each other without a gap.
  public init(kernel: Int, stride: Int? = nil, padding: Int = 0) {
    self.kernel = kernel
    self.stride = stride ?? kernel
    self.padding = padding
  }

  /// Whether each pixel of an image is in one window or more.
  func covers(_ image: Shape) -> Bool {
    func covered(_ side: Int) -> Bool { (side + 2 * padding - kernel) % stride <= padding }
    return stride <= kernel && covered(image.height) && covered(image.width)
  }

  fileprivate static let options = [
    OptionDescription("kernel", .integer(1...1024), "pixels of a window's side"),
    OptionDescription(
      "stride", .integer(0...1024), default: .integer(0),
      "pixels from one window to the next; 0 for as many as the kernel's"),
    OptionDescription(
      "padding", .integer(0...512), default: .integer(0),
      "pixels beyond the edge on each side, half of the kernel at most"),
  ]

  fileprivate init(_ values: OptionValues) {
    let stride = values.integer("stride")
    self.init(
      kernel: values.integer("kernel"), stride: stride == 0 ? nil : stride, padding: values.integer("padding")
    )
  }

  fileprivate var optionValues: OptionValues {
    ["kernel": .integer(kernel), "stride": .integer(stride), "padding": .integer(padding)]
  }

  /// The windows of an image, channel by channel.
  fileprivate func shape(of input: Shape) throws(OperationError) -> Shape {
    guard 2 * padding <= kernel else {
      throw OperationError(
        "has a padding of \(padding), more than half of its kernel of \(kernel): some windows would be empty")
    }
    let (height, width) = (input.height + 2 * padding, input.width + 2 * padding)
    guard kernel <= height, kernel <= width else {
      let padded = padding > 0 ? " with a padding of \(padding)" : ""
      throw OperationError("has a kernel of \(kernel)x\(kernel), larger than an image of \(input)\(padded)")
    }
    return Shape(input.channels, (height - kernel) / stride + 1, (width - kernel) / stride + 1)
  }
}

/// A pooling of windows: its options and its shape are theirs.
public protocol WindowedPool: LayerOperation {
  /// The windows.
  var window: PoolWindow { get }
  /// Creates the operation.
  init(_ window: PoolWindow)
}

extension WindowedPool {
  /// Those of the windows.
  public static var options: [OptionDescription] { PoolWindow.options }
  /// From its options.
  public init(_ values: OptionValues) { self.init(PoolWindow(values)) }
  /// What `options` describes.
  public var optionValues: OptionValues { window.optionValues }
  /// A pixel for each window.
  public func shape(_ inputs: [Shape]) throws(OperationError) -> Shape { try window.shape(of: inputs[0]) }
}
