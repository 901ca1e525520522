/// Scales an image while its rows come in, so that no more of it is held than what comes out.
///
/// Each value is a mean of the pixels around its place, with weights that fall off linearly: over one pixel's distance where
/// the image grows, over as many as one value stands for where it shrinks, which is how Pillow's `BILINEAR` resizes. An
/// image of the size that is asked for stays as it is, bit for bit.
final class RowScaler {
  private let target: ImageShape
  private let pixels: UnsafeMutableBufferPointer<UInt8>
  /// Nil where the size stays.
  private let weights: (x: [Weights], y: [Weights])?
  /// The values so far, `[height, width, channels]`.
  private var sums: [Float]
  /// The first row of the result that later rows add to.
  private var open = 0

  /// The pixels that a value is a mean of.
  private struct Weights {
    let start: Int
    let values: [Float]
    var end: Int { start + values.count }

    /// Those of each of `count` values out of `size` pixels.
    static func all(of count: Int, from size: Int) -> [Weights] {
      let scale = Double(size) / Double(count)
      let reach = max(scale, 1)
      return (0..<count).map { place in
        let center = (Double(place) + 0.5) * scale
        let start = max(Int(center - reach + 0.5), 0)
        let end = max(min(Int(center + reach + 0.5), size), start + 1)
        let raw = (start..<end).map { max(1 - abs((Double($0) + 0.5 - center) / reach), 0) }
        let total = raw.reduce(0, +)
        return Weights(
          start: start, values: raw.map { Float(total > 0 ? $0 / total : 1 / Double(raw.count)) })
      }
    }
  }

  init(from shape: ImageShape, to target: ImageShape, into pixels: UnsafeMutableBufferPointer<UInt8>) {
    self.target = target
    self.pixels = pixels
    if shape.height == target.height && shape.width == target.width {
      weights = nil
      sums = []
    } else {
      weights = (
        Weights.all(of: target.width, from: shape.width), Weights.all(of: target.height, from: shape.height)
      )
      sums = [Float](repeating: 0, count: target.values)
    }
  }

  /// Takes the next row, its channels side by side.
  func take(_ row: UnsafePointer<UInt8>, at y: Int) {
    let (width, channels) = (target.width, target.channels)
    guard let weights else {
      for x in 0..<width {
        for channel in 0..<channels {
          pixels[(channel * target.height + y) * width + x] = row[x * channels + channel]
        }
      }
      return
    }
    while open < target.height, weights.y[open].end <= y { open += 1 }
    guard open < target.height, weights.y[open].start <= y else { return }
    var scaled = [Float](repeating: 0, count: width * channels)
    for x in 0..<width {
      let own = weights.x[x]
      for (index, weight) in own.values.enumerated() {
        for channel in 0..<channels {
          scaled[x * channels + channel] += weight * Float(row[(own.start + index) * channels + channel])
        }
      }
    }
    var line = open
    while line < target.height, weights.y[line].start <= y {
      if y < weights.y[line].end {
        let weight = weights.y[line].values[y - weights.y[line].start]
        for index in scaled.indices { sums[line * width * channels + index] += weight * scaled[index] }
      }
      line += 1
    }
  }

  /// Writes the result, once all rows have come.
  func finish() {
    guard weights != nil else { return }
    for line in 0..<target.height {
      for x in 0..<target.width {
        for channel in 0..<target.channels {
          let value = sums[(line * target.width + x) * target.channels + channel]
          pixels[(channel * target.height + line) * target.width + x] = UInt8(min(max(value, 0), 255) + 0.5)
        }
      }
    }
  }
}
