import Files
import Text

/// Images and labels in two arrays.
struct NumpyPart: DataPart {
  let path: String
  let shape: ImageShape
  let labels: ClassLabels
  private let images: NumpyArray

  /// Reads an array from a file of its own.
  ///
  /// - Throws: `DatasetError` for a pickle, which is never loaded; `FileError`, `FileFormatError`.
  static func read(_ path: String) throws -> NumpyArray {
    let bytes = try FileSystem.read(path)
    let kind = ContentKind(bytes)
    guard kind == .numpy else {
      throw DatasetError(
        path, "it is \(kind.description ?? "no NumPy array")", remedy: "save the array with numpy.save")
    }
    return try NumpyArray(bytes, path: path)
  }

  init(_ images: NumpyArray, _ labels: NumpyArray?, labelNames: [String], _ data: OwnDataset) throws {
    path = images.path
    self.images = images
    shape = try Self.imageShape(images, isGiven: data.shape != nil)
    guard let labels else {
      throw DatasetError(
        images.path, "there are no labels for its images", remedy: "give them as an array \(labelNames[0])")
    }
    let count = images.shape[0]
    guard labels.element.isInteger else {
      throw DatasetError(
        labels.path, "its labels are \(labels.element.name), but classes are whole numbers",
        remedy: "save them as numpy.int64")
    }
    guard labels.shape.first == count, labels.count == count else {
      let found = Excerpt.of(labels.shape.map(String.init).joined(separator: "x"))
      throw DatasetError(
        labels.path, "it holds \(found) labels for the \(count) images of \(images.path)",
        remedy: "give one label for each image, [\(count)]")
    }
    self.labels = ClassLabels(numbers: (0..<count).map { labels.integer($0) })
  }

  /// The shape of an image in an array of them.
  ///
  /// - Parameter isGiven: whether the config says what their values mean.
  static func imageShape(_ images: NumpyArray, isGiven: Bool) throws -> ImageShape {
    let extents = images.shape
    func invalid(_ problem: String, _ remedy: String) -> DatasetError {
      DatasetError(
        images.path,
        "its shape is [\(Excerpt.of(extents.map(String.init).joined(separator: ", ")))], \(problem)",
        remedy: remedy)
    }
    guard !extents.contains(0), (2...4).contains(extents.count), extents.dropFirst().reduce(1, *) <= 1 << 24
    else {
      throw invalid(
        "which is no array of images",
        "give [n, features], [n, height, width] or [n, channels, height, width]")
    }
    guard [.uint8, .float32, .float64].contains(images.element) else {
      throw DatasetError(
        images.path, "its images are \(images.element.name)",
        remedy: "save bytes from 0 to 255 with .astype('uint8'), anything else with .astype('float32')")
    }
    switch extents.count {
    case 2: return ImageShape(channels: extents[1], height: 1, width: 1)
    case 3: return ImageShape(height: extents[1], width: extents[2])
    default:
      let channelsComeLast = [1, 3, 4].contains(extents[3]) && extents[1] == extents[2]
      guard isGiven || !channelsComeLast || [1, 3].contains(extents[1]) else {
        throw invalid(
          "which looks like [n, height, width, channels]",
          "save it with numpy.transpose(images, (0, 3, 1, 2)), or say with dataset.shape what it is")
      }
      return ImageShape(channels: extents[1], height: extents[2], width: extents[3])
    }
  }

  func values(of images: [Int], as shape: ImageShape, _ reading: DataReading) throws -> PartValues {
    PartValues(pixels: try Self.values(self.images, ofRows: images))
  }

  /// The values of some images of an array.
  ///
  /// - Throws: `DatasetError` for one that is not a finite number.
  static func values(_ array: NumpyArray, ofRows rows: [Int]) throws -> PixelValues {
    guard array.element != .uint8 else { return .bytes(array.bytes(ofRows: rows)) }
    let floats = array.floats(ofRows: rows)
    if let bad = floats.firstIndex(where: { !$0.isFinite }) {
      let image = rows[bad * rows.count / floats.count]
      throw DatasetError(
        array.path, "image \(image) has a value that is not a finite 32-bit number",
        remedy: "remove it, or replace the value")
    }
    return .floats(floats)
  }
}
