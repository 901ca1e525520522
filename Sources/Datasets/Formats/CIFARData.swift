import Files

/// CIFAR's binary format, of any size and number of classes: records of a label, one byte, and an image as
/// `[channels, height, width]` bytes. Of CIFAR-100's two labels the second counts, the fine one.
struct CIFARData: DataFormat {
  static let name = "cifar"
  static let summary = "CIFAR's binary format, of any size"
  static let convention = "CIFAR's data_batch_1.bin or train.bin"

  static func isIn(_ path: String) -> Bool {
    (try? FileSystem.names(in: path)).map { !trainFiles($0).isEmpty } ?? false
  }

  private static func trainFiles(_ names: [String]) -> [String] {
    let batches = names.filter { $0.hasPrefix("data_batch") && $0.contains(".bin") }
    return batches.isEmpty ? names.filter { ["train.bin", "train.bin.gz"].contains($0) } : batches
  }

  static func parts(of data: OwnDataset) throws -> DataParts {
    var (train, test) = (data.trainImages.map { [$0] } ?? [], data.testImages)
    if train.isEmpty {
      guard let directory = data.directory else {
        throw DatasetError(
          "dataset.directory: 'cifar' is read from files; name their folder, or train_images")
      }
      let names = try FileSystem.names(in: directory)
      train = trainFiles(names).map { "\(directory)/\($0)" }
      let tests = ["test_batch.bin", "test_batch.bin.gz", "test.bin", "test.bin.gz"]
      test = test ?? tests.first(where: names.contains).map { "\(directory)/\($0)" }
    }
    guard !train.isEmpty else {
      throw DatasetError(
        data.place, "there is no data_batch_1.bin or train.bin in it",
        remedy: "name the file in the config, as dataset.train_images")
    }
    let shape = data.shape ?? ImageShape(channels: 3, height: 32, width: 32)
    return DataParts(
      train: try CIFARImages(train, shape), test: try test.map { try CIFARImages([$0], shape) },
      classNames: try ClassList.read(in: data.directory))
  }
}

/// Records of labels and images, in one file or several.
struct CIFARImages: DataPart {
  let path: String
  let shape: ImageShape
  let labels: ClassLabels
  private let records: [UInt8]
  private let labelBytes: Int

  init(_ paths: [String], _ shape: ImageShape) throws {
    path = paths[0]
    self.shape = shape
    let remedy = "say with dataset.shape what images it holds"
    var records: [UInt8] = []
    var labelBytes = 1
    for path in paths {
      let before = records.count
      try Self.append(path, to: &records, remedy)
      let size = records.count - before
      if before == 0 { labelBytes = [1, 2].first { size % ($0 + shape.values) == 0 } ?? 1 }
      guard size > 0, size % (labelBytes + shape.values) == 0 else {
        throw DatasetError(
          path, "its \(size) bytes are no whole number of records of a label and an image of \(shape)",
          remedy: remedy)
      }
    }
    self.records = records
    self.labelBytes = labelBytes
    labels = ClassLabels(
      numbers: stride(from: labelBytes - 1, to: records.count, by: labelBytes + shape.values).map {
        Int(records[$0])
      })
  }

  private static func append(_ path: String, to records: inout [UInt8], _ remedy: String) throws {
    let stream = try FileStream(path: path, remedy: remedy)
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      let count = try buffer.withUnsafeMutableBytes { try stream.read(into: $0) }
      guard count > 0 else { return }
      records += buffer[..<count]
      guard records.count <= 1 << 32 else {
        throw DatasetError(path, "it has more than the 4 GiB that are read", remedy: remedy)
      }
    }
  }

  func values(of images: [Int], as shape: ImageShape, _ reading: DataReading) throws -> PartValues {
    let size = labelBytes + shape.values
    var values: [UInt8] = []
    values.reserveCapacity(images.count * shape.values)
    for image in images { values += records[(image * size + labelBytes)..<((image + 1) * size)] }
    return PartValues(pixels: .bytes(values))
  }
}
