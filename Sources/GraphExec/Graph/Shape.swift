/// The extents of a tensor of one image: channels, height and width. A flat tensor has its features as channels.
///
/// Features lie in this order, channels slowest, so that a flat tensor is the same memory.
public struct Shape: Sendable, Hashable {
  /// Channels of an image, or features of a flat tensor.
  public let channels: Int
  /// Rows of pixels; 1 for a flat tensor.
  public let height: Int
  /// Columns of pixels; 1 for a flat tensor.
  public let width: Int

  /// Creates a shape, by default a flat one.
  public init(_ channels: Int, _ height: Int = 1, _ width: Int = 1) {
    self.channels = channels
    self.height = height
    self.width = width
  }

  /// Values of one image.
  public var count: Int { channels * height * width }
  /// Pixels of a channel.
  public var pixels: Int { height * width }
  /// Whether it has features only.
  public var isFlat: Bool { height == 1 && width == 1 }
}

extension Shape: CustomStringConvertible {
  /// `16x32x32`, or `500` of a flat tensor.
  public var description: String { isFlat ? "\(channels)" : "\(channels)x\(height)x\(width)" }
}
