/// How a tensor of activations lies on a device: rows of the batch's stride, a row for each pixel of each channel.
///
/// A channel's pixels may have a border of rows around them that are zero and stay it: what a padded convolution reads
/// beyond an image's edge.
public struct TensorLayout: Sendable, Hashable {
  /// Channels, height and width of an image.
  public let shape: Shape
  /// How many pixels wide the border is, on each side.
  public let border: Int

  /// Creates a layout.
  public init(_ shape: Shape, border: Int = 0) {
    self.shape = shape
    self.border = border
  }

  /// Rows of all channels, borders included.
  public var rows: Int { shape.channels * view.plane }
  /// Where the rows of pixels are, for kernels.
  public var view: PixelView {
    let line = shape.width + 2 * border
    return PixelView(
      first: border * line + border, plane: (shape.height + 2 * border) * line, line: line, step: 1)
  }
}

/// Where the row of pixel (y, x) of a channel c is: `first + c * plane + y * line + x * step`; an `int4` to kernels.
public struct PixelView: Sendable, Hashable {
  /// The row of the first pixel of the first channel.
  public let first: Int
  /// Rows from one channel to the next.
  public let plane: Int
  /// Rows from one line of pixels to the next.
  public let line: Int
  /// Rows from one pixel to the next.
  public let step: Int

  /// Creates a view.
  public init(first: Int, plane: Int, line: Int, step: Int) {
    (self.first, self.plane, self.line, self.step) = (first, plane, line, step)
  }
}
