import Files

/// IDX files of bytes, of any size: images `[n, features]`, `[n, height, width]` or `[n, channels, height, width]`, and
/// labels `[n]`, under names as MNIST's have them, plain or gzip.
struct IDXData: DataFormat {
  static let name = "idx"
  static let summary = "IDX files, as MNIST's are, of any size"
  static let convention = "IDX files as train-images-idx3-ubyte"

  static func isIn(_ path: String) -> Bool {
    (try? FileSystem.names(in: path).contains(where: isImages)) ?? false
  }

  /// Whether a name is that of a file of images, as in `train-images-idx3-ubyte`.
  private static func isImages(_ name: String) -> Bool { name.contains(/images[-.]idx[234]/) }

  private static func isTest(_ name: String) -> Bool { name.contains("t10k") || name.contains("test") }

  static func parts(of data: OwnDataset) throws -> DataParts {
    var train = (images: data.trainImages, labels: data.trainLabels)
    var test = (images: data.testImages, labels: data.testLabels)
    if train.images == nil {
      guard let directory = data.directory else {
        throw DatasetError(
          "dataset.directory: 'idx' is read from files; name their folder, or train_images and train_labels")
      }
      let names = try FileSystem.names(in: directory)
      func files(_ isWanted: (String) -> Bool) -> (String?, String?) {
        guard let images = names.first(where: { isImages($0) && isWanted($0) }) else { return (nil, nil) }
        let wanted = images.replacing(/images([-.])idx[234]/) { "labels\($0.1)idx1" }
        // One may be compressed, and the other not.
        let plain = wanted.hasSuffix(".gz") ? String(wanted.dropLast(3)) : wanted
        let labels = [wanted, plain, plain + ".gz"].first(where: names.contains)
        return ("\(directory)/\(images)", labels.map { "\(directory)/\($0)" })
      }
      train = files { !isTest($0) }
      if test.images == nil { test = files(isTest) }
    }
    guard let images = train.images else {
      throw DatasetError(
        data.place, "there is no file of images in it, as train-images-idx3-ubyte",
        remedy: "name it in the config, as dataset.train_images")
    }
    return DataParts(
      train: try IDXPart(images: images, labels: train.labels, data),
      test: try test.images.map { try IDXPart(images: $0, labels: test.labels, data) },
      classNames: try ClassList.read(in: data.directory))
  }
}

/// Images and labels in two IDX files.
struct IDXPart: DataPart {
  let path: String
  let shape: ImageShape
  let labels: ClassLabels
  private let remedy = "check how it was made"

  init(images: String, labels: String?, _ data: OwnDataset) throws {
    path = images
    guard let labels else {
      throw DatasetError(
        images, "there is no file of labels for it", remedy: "give it as dataset.train_labels")
    }
    let reader = try Self.reader(images, remedy)
    switch reader.shape.count {
    case 2: shape = ImageShape(channels: reader.shape[1], height: 1, width: 1)
    case 3: shape = ImageShape(height: reader.shape[1], width: reader.shape[2])
    case 4: shape = ImageShape(channels: reader.shape[1], height: reader.shape[2], width: reader.shape[3])
    default:
      throw DatasetError(
        images, "it has \(reader.shape.count) dimensions, and images have 2 to 4", remedy: remedy)
    }
    let classes = try Self.reader(labels, remedy)
    guard classes.shape.count == 1, classes.count == reader.count else {
      throw DatasetError(
        labels, "it holds \(classes.count) labels for the \(reader.count) images of \(images)",
        remedy: "take both files from the same set")
    }
    self.labels = ClassLabels(numbers: try classes.items(classes.count).map { Int($0) })
    try classes.finish()
  }

  /// Opens a file, whose header says how many dimensions it has.
  private static func reader(_ path: String, _ remedy: String) throws -> IDXReader {
    var magic = [UInt8](repeating: 0, count: 4)
    let stream = try FileStream(path: path, remedy: remedy)
    let size = try magic.withUnsafeMutableBytes { try stream.read(into: $0) }
    guard size == 4, magic[0] == 0, magic[1] == 0, magic[2] == 8, (1...4).contains(magic[3]) else {
      throw DatasetError(
        path,
        "it is no IDX file of bytes: it does not begin with 0, 0, 8 and the number of dimensions, 1 to 4",
        remedy: remedy)
    }
    return try IDXReader(path: path, name: "", dimensions: Int(magic[3]), published: nil, remedy: remedy)
  }

  func values(of images: [Int], as shape: ImageShape, _ reading: DataReading) throws -> PartValues {
    let reader = try Self.reader(path, remedy)
    let all = try reader.items(reader.count)
    try reader.finish()
    return PartValues(pixels: .bytes(all.rows(images, of: shape.values)))
  }
}

extension [UInt8] {
  /// Some of the rows of so many bytes.
  func rows(_ rows: [Int], of size: Int) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(rows.count * size)
    for row in rows { result.append(contentsOf: self[(row * size)..<((row + 1) * size)]) }
    return result
  }
}
