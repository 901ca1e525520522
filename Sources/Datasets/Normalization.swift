/// How a byte becomes what a network sees: `(byte / 255 - mean[channel]) / deviation[channel]`.
public struct Normalization: Sendable, Equatable {
  /// The mean of each channel, of values from 0 to 1.
  public var mean: [Float]
  /// The standard deviation of each channel, of values from 0 to 1; none is 0.
  public var deviation: [Float]

  /// A normalization by these numbers, one for each channel.
  public init(mean: [Float], deviation: [Float]) {
    precondition(
      mean.count == deviation.count && !deviation.contains(0), "a mean and a deviation for each channel")
    self.mean = mean
    self.deviation = deviation
  }

  /// The one that gives each channel of these images a mean of 0 and a deviation of 1 over all pixels (population's, not
  /// the sample's).
  ///
  /// The sums are of whole numbers, so they are exact, and the same images give the same bits everywhere. A channel of one
  /// value throughout has deviation 1: it becomes 0.
  public init(of set: ImageSet) {
    let plane = set.shape.height * set.shape.width
    let values = set.images.count / max(set.shape.channels, 1)
    var sums = [UInt64](repeating: 0, count: set.shape.channels)
    var squares = sums
    set.images.withUnsafeBufferPointer { bytes in
      for start in stride(from: 0, to: bytes.count, by: plane) {
        // A plane's own sums fit 32 bits, which a processor adds faster.
        var sum: UInt32 = 0
        var square: UInt64 = 0
        for byte in bytes[start..<start + plane] {
          sum &+= UInt32(byte)
          square &+= UInt64(UInt32(byte) &* UInt32(byte))
        }
        let channel = start / plane % sums.count
        sums[channel] += UInt64(sum)
        squares[channel] += square
      }
    }
    mean = sums.map { Float(Double($0) / Double(values) / 255) }
    deviation = zip(sums, squares).map { sum, square in
      // values^2 times the variance, exact in 128 bits.
      let scaled = UInt128(values) * UInt128(square) - UInt128(sum) * UInt128(sum)
      return scaled == 0 ? 1 : Float(Double(scaled).squareRoot() / Double(values) / 255)
    }
  }
}
