/// Labelled images of one shape.
public struct ImageSet: Sendable {
  /// What part of the data set this is: `train`, `validation` or `test`.
  public var name: String
  /// The values, 0...255: `count * shape.values` bytes, one image after another, each as `[channels, height, width]`.
  public var images: [UInt8]
  /// The class of each image, `count` values.
  public var labels: [UInt8]
  /// The shape of an image.
  public var shape: ImageShape

  /// A set of the given images; `images` must hold `labels.count * shape.values` bytes.
  public init(name: String, images: [UInt8], labels: [UInt8], shape: ImageShape) {
    precondition(images.count == labels.count * shape.values, "images and labels must match")
    self.name = name
    self.images = images
    self.labels = labels
    self.shape = shape
  }

  /// The first images, or all where there are fewer.
  public func prefix(_ count: Int) -> ImageSet {
    let count = min(count, self.count)
    return ImageSet(
      name: name, images: Array(images.prefix(count * shape.values)), labels: Array(labels.prefix(count)),
      shape: shape)
  }

  /// The number of images.
  public var count: Int { labels.count }
}
