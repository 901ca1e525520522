/// Mean and standard deviation of each channel over the pixels of a set's training images, of values from 0 to 1.
public struct ChannelStatistics: Sendable, Hashable {
  /// The means, in the order of the channels.
  public let mean: [Double]
  /// The deviations, likewise.
  public let deviation: [Double]
}
