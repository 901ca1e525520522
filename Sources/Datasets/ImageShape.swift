/// The shape of an image, in the order in which its bytes lie: channel by channel, each row by row.
public struct ImageShape: Sendable, Hashable, CustomStringConvertible {
  /// 1 for grey, 3 for red, green and blue.
  public var channels: Int
  /// Rows of pixels.
  public var height: Int
  /// Pixels of a row.
  public var width: Int

  /// A shape of so many channels of `height` x `width` pixels.
  public init(channels: Int = 1, height: Int, width: Int) {
    self.channels = channels
    self.height = height
    self.width = width
  }

  /// The number of bytes of an image, and of a network's inputs.
  public var values: Int { channels * height * width }

  /// Whether it is a row of features, which stand as channels of one pixel.
  public var isFlat: Bool { height == 1 && width == 1 }

  /// `28x28` for a grey image, `3x32x32` for one of several channels, `64` for a row of features.
  public var description: String {
    isFlat ? "\(channels)" : (channels > 1 ? "\(channels)x" : "") + "\(height)x\(width)"
  }
}
