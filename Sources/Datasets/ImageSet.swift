/// Labelled grey images of one size.
public struct ImageSet: Sendable {
  /// What part of the data set this is: `train`, `validation` or `test`.
  public var name: String
  /// The pixels, 0...255: `count * rows * columns` bytes, row-major, one image after another.
  public var images: [UInt8]
  /// The class of each image, `count` values.
  public var labels: [UInt8]
  /// The height of an image in pixels.
  public var rows: Int
  /// The width of an image in pixels.
  public var columns: Int

  /// A set of the given images; `images` must hold `labels.count * rows * columns` bytes.
  public init(name: String, images: [UInt8], labels: [UInt8], rows: Int, columns: Int) {
    precondition(images.count == labels.count * rows * columns, "images and labels must match")
    self.name = name
    self.images = images
    self.labels = labels
    self.rows = rows
    self.columns = columns
  }

  /// The first images, or all where there are fewer.
  public func prefix(_ count: Int) -> ImageSet {
    let count = min(count, self.count)
    return ImageSet(
      name: name, images: Array(images.prefix(count * pixels)), labels: Array(labels.prefix(count)),
      rows: rows, columns: columns)
  }

  /// The number of images.
  public var count: Int { labels.count }
  /// The number of pixels of one image.
  public var pixels: Int { rows * columns }
}
