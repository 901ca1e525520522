/// Mean and standard deviation of each channel over the pixels of a set's training images: of bytes as values from 0 to 1, of
/// floats as they are.
public struct ChannelStatistics: Sendable, Hashable {
  /// The means, in the order of the channels.
  public let mean: [Double]
  /// The deviations, likewise.
  public let deviation: [Double]
}

extension ImageSet {
  /// The statistics of these images, in two passes of 64 bits. A channel that never changes has deviation 1, as a normalization
  /// has to divide by it.
  public func statistics() -> ChannelStatistics {
    switch pixels {
    case .bytes(let bytes): statistics(of: bytes) { Double($0) / 255 }
    case .floats(let floats): statistics(of: floats) { Double($0) }
    }
  }

  private func statistics<Element>(
    of elements: [Element], _ value: (Element) -> Double
  ) -> ChannelStatistics {
    elements.withUnsafeBufferPointer { values in
      let pixels = shape.values / shape.channels
      func means(_ term: (Double, Int) -> Double) -> [Double] {
        var sums = [Double](repeating: 0, count: shape.channels)
        for image in 0..<count {
          for channel in 0..<shape.channels {
            let start = (image * shape.channels + channel) * pixels
            for index in start..<(start + pixels) { sums[channel] += term(value(values[index]), channel) }
          }
        }
        return sums.map { $0 / Double(max(count * pixels, 1)) }
      }
      let mean = means { value, _ in value }
      let variance = means { value, channel in (value - mean[channel]) * (value - mean[channel]) }
      return ChannelStatistics(mean: mean, deviation: variance.map { $0 > 1e-12 ? $0.squareRoot() : 1 })
    }
  }
}
