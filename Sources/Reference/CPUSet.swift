import GraphExec

/// A data set in the host's memory.
final class CPUSet: ResidentSet {
  let images: HostImages
  /// What a network sees of each byte, channel by channel.
  private let seen: [Float]
  /// The channels that the normalization tells apart.
  private let channels: Int
  var count: Int { images.count }
  var size: Int { images.size }

  init(_ images: HostImages) {
    let values: Int
    switch images.features {
    case .bytes(let bytes): values = bytes.count
    case .floats(let floats): values = floats.count
    }
    precondition(values == images.count * images.size, "images and labels differ in number")
    self.images = images
    channels = images.normalization.mean.count
    // One feature of each channel.
    let scales = images.normalization.scales(features: channels)
    seen = (0..<channels).flatMap { [channels] channel in
      (0..<256).map { scales[channels + channel].addingProduct(Float($0), scales[channel]) }
    }
  }

  /// Writes the images `order[range]` as columns of `x`, `[size, stride]`.
  func gather(_ order: ArraySlice<Int32>, into x: UnsafeMutableBufferPointer<Float>, stride: Int) {
    let pixels = size / channels
    for (column, image) in order.enumerated() {
      let start = Int(image) * size
      switch images.features {
      case .bytes(let bytes):
        for f in 0..<size { x[f * stride + column] = seen[f / pixels * 256 + Int(bytes[start + f])] }
      case .floats(let floats):
        for f in 0..<size { x[f * stride + column] = floats[start + f] }
      }
    }
  }

  /// The same of images that are cropped and mirrored: how the one in each column is.
  func gather(
    _ order: ArraySlice<Int32>, into x: UnsafeMutableBufferPointer<Float>, stride: Int,
    _ augmented: (_ column: Int) -> AugmentedImage
  ) {
    let pixels = size / channels
    for (column, image) in order.enumerated() {
      let (start, augmented) = (Int(image) * size, augmented(column))
      for f in 0..<size {
        let source = augmented.source(of: f).map { start + $0 }
        switch images.features {
        case .bytes(let bytes):
          x[f * stride + column] = seen[f / pixels * 256 + (source.map { Int(bytes[$0]) } ?? 0)]
        case .floats(let floats): x[f * stride + column] = source.map { floats[$0] } ?? 0
        }
      }
    }
  }
}
