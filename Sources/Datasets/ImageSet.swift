/// Labelled images of one shape.
public struct ImageSet: Sendable {
  /// What part of the data set this is: `train`, `validation` or `test`.
  public var name: String
  /// The values, `count * shape.values` of them, one image after another, each as `[channels, height, width]`.
  public var pixels: PixelValues
  /// The class of each image, `count` values.
  public var labels: [UInt8]
  /// The shape of an image.
  public var shape: ImageShape

  /// A set of the given images; `pixels` must hold `labels.count * shape.values` values.
  public init(name: String, pixels: PixelValues, labels: [UInt8], shape: ImageShape) {
    precondition(pixels.count == labels.count * shape.values, "images and labels must match")
    self.name = name
    self.pixels = pixels
    self.labels = labels
    self.shape = shape
  }

  /// A set of images of bytes, 0...255.
  public init(name: String, images: [UInt8], labels: [UInt8], shape: ImageShape) {
    self.init(name: name, pixels: .bytes(images), labels: labels, shape: shape)
  }

  /// The values of images of bytes; none where they are floats.
  public var images: [UInt8] {
    get { if case .bytes(let bytes) = pixels { bytes } else { [] } }
    set { pixels = .bytes(newValue) }
  }

  /// The first images, or all where there are fewer.
  public func prefix(_ count: Int) -> ImageSet {
    let count = min(count, self.count)
    return ImageSet(
      name: name, pixels: pixels.slice(0..<(count * shape.values)), labels: Array(labels.prefix(count)),
      shape: shape)
  }

  /// The number of images.
  public var count: Int { labels.count }
}
