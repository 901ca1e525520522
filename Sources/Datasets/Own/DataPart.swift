/// The images to train on, or those to test on, as a format finds them in files: what they are is known before they are read.
protocol DataPart: Sendable {
  /// What messages call it: a file or folder.
  var path: String { get }
  /// The shape of an image, as the files have it.
  var shape: ImageShape { get }
  /// Whether an image of one shape can be given in another, and is not just another order of its values.
  var scales: Bool { get }
  /// The classes of the images.
  var labels: ClassLabels { get }
  /// The values of some images, in this order, each as `shape`.
  ///
  /// - Throws: `DatasetError`, `FileError`.
  func values(of images: [Int], as shape: ImageShape, _ reading: DataReading) throws -> PartValues
}

extension DataPart {
  var scales: Bool { false }
  /// The number of images.
  var count: Int { labels.places.count }
}

/// Values that were read.
struct PartValues {
  let pixels: PixelValues
  /// Which of the images asked for are left out, and why; none unless that is allowed.
  var unreadable: [(image: Int, reason: String)] = []
}

/// How data is read.
package struct DataReading: Sendable {
  /// Whether images that cannot be read are left out.
  package var skipsUnreadable: Bool
  /// Called with the number of images read so far, and of all; from any thread.
  package var progress: @Sendable (Int, Int) -> Void

  package init(skipsUnreadable: Bool = false, progress: @escaping @Sendable (Int, Int) -> Void = { _, _ in })
  {
    self.skipsUnreadable = skipsUnreadable
    self.progress = progress
  }
}
