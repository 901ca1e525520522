/// The six files of CIFAR-10's binary format: five of images to train on, one of images to test on.
///
/// A file is a row of records: the label, one byte, then the image as `[channels, height, width]` bytes. Nothing in it
/// says how many there are, so the format's number counts.
package struct CIFARFiles: DatasetForm {
  private static let trainFiles = (1...5).map { "data_batch_\($0).bin" }
  private static let testFile = "test_batch.bin"

  let recordsPerFile: Int

  package init(recordsPerFile: Int) {
    self.recordsPerFile = recordsPerFile
  }

  package var files: [String] { Self.trainFiles + [Self.testFile] }
  /// As the archive has it.
  package var subfolders: [String] { ["cifar-10-batches-bin"] }

  /// The size of a file in bytes.
  func fileSize(_ shape: ImageShape) -> Int { recordsPerFile * (1 + shape.values) }

  package func load(_ request: DatasetRequest, of set: KnownDataset) throws -> Dataset {
    let split = try TrainingSplit(request, available: Self.trainFiles.count * recordsPerFile)
    let test = try TrainingSplit.testCount(request, available: recordsPerFile)
    let directory = request.directory ?? ""
    var known: [(path: String, sha256: String)] = []
    func parts(_ names: [String], _ ranges: [(name: String, images: Range<Int>)]) throws -> [ImageSet] {
      var parts = ranges.map { CIFARPart(name: $0.name, range: $0.images, shape: set.shape) }
      for (index, name) in names.enumerated() {
        let reader = try reader(name, in: directory, of: set)
        try reader.read(from: index * recordsPerFile, into: &parts)
        try refuseOtherFile(reader, name, of: set, after: known)
        known.append((reader.path, reader.digest.sha256))
      }
      return parts.map(\.images)
    }
    let train = try parts(Self.trainFiles, [("validation", split.validation), ("train", split.train)])
    let testing = try parts([Self.testFile], [("test", 0..<test)])
    return Dataset(
      name: set.name, classes: set.classes, train: train[1], validation: train[0].count > 0 ? train[0] : nil,
      test: testing[0])
  }

  private func reader(_ name: String, in directory: String, of set: KnownDataset) throws -> CIFARReader {
    let remedy = set.remedy(directory)
    switch DataFile(name, in: directory, subfolders: subfolders) {
    case .usable(let path):
      return try CIFARReader(
        path: path, records: recordsPerFile, shape: set.shape, classes: set.classes, remedy: remedy)
    case .unusable(let path, let problem): throw DatasetError(path, problem, remedy: remedy)
    case .missing:
      throw DatasetError(
        directory, "there is no \(name) in this folder", remedy: "name another folder, or \(remedy)")
    }
  }

  /// A file under another's name, as training images to test on, is refused where its content tells.
  private func refuseOtherFile(
    _ reader: CIFARReader, _ name: String, of set: KnownDataset, after known: [(path: String, sha256: String)]
  ) throws {
    if let other = DatasetCatalog.published.lazy.compactMap({ $0.file(reader.digest) }).first,
      other.name != name
    {
      throw DatasetError(
        reader.path, "it is \(other.name) under another name", remedy: "give each file its own name")
    }
    if let same = known.first(where: { $0.sha256 == reader.digest.sha256 }) {
      throw DatasetError(
        reader.path, "it holds the same images as \(same.path)", remedy: "put the set's own file in its place"
      )
    }
  }
}
