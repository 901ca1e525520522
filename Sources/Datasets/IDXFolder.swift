import Foundation

/// A folder with the four IDX files of MNIST or of a set of the same form.
struct IDXFolder {
  /// The sets that come as such files: ten classes, 28x28 pixels.
  enum Kind: String, CaseIterable, Sendable {
    case mnist
    case fashionMNIST = "fashion-mnist"
  }

  static let classes = 10
  static let side = 28
  private static let trainImages = "train-images-idx3-ubyte"
  private static let testImages = "t10k-images-idx3-ubyte"

  var kind: Kind
  var directory: String

  /// Reads the parts that the request takes.
  func load(_ request: DatasetRequest) throws -> Dataset {
    let images = try reader(Self.trainImages, dimensions: 3)
    let labels = try reader("train-labels-idx1-ubyte", dimensions: 1)
    try check(images, against: labels)
    let split = try TrainingSplit(request, available: images.count)
    let validation = try part("validation", split.validation.count, images, labels)
    let train = try part("train", split.train.count, images, labels)
    try skipLabels(labels)
    try images.finish()
    try labels.finish()
    try refuseOtherSet(images, Self.trainImages)

    let testImages = try reader(Self.testImages, dimensions: 3)
    let testLabels = try reader("t10k-labels-idx1-ubyte", dimensions: 1)
    try check(testImages, against: testLabels)
    let testCount = try DatasetCatalog.testCount(request, available: testImages.count)
    let test = try part("test", testCount, testImages, testLabels)
    try skipLabels(testLabels)
    try testImages.finish()
    try testLabels.finish()
    try refuseOtherSet(testImages, Self.testImages)
    return Dataset(
      name: request.name, classes: Self.classes, train: train,
      validation: validation.count > 0 ? validation : nil, test: test)
  }

  private var remedy: String {
    "get it again with 'whittle data download \(kind.rawValue) --directory \(directory)'"
  }

  private func reader(_ name: String, dimensions: Int) throws -> IDXReader {
    switch DataFile(name, in: directory) {
    case .usable(let path):
      let published = PublishedSet.all.flatMap(\.files).first { $0.name == name }
      return try IDXReader(path: path, dimensions: dimensions, published: published?.size, remedy: remedy)
    case .unusable(let path, let problem): throw DatasetError(path, problem, remedy: remedy)
    case .missing:
      throw DatasetError(
        directory, "there is no \(name) or \(name).gz in this folder",
        remedy: "name another folder, or \(remedy)")
    }
  }

  /// Images that are exactly those of another public set are not this one, whatever the study calls them; a set of
  /// somebody's own may have any name.
  private func refuseOtherSet(_ images: IDXReader, _ name: String) throws {
    let sha256 = images.sha256
    let file = { (set: PublishedSet) in set.files.contains { $0.name == name && $0.sha256 == sha256 } }
    guard let other = PublishedSet.all.first(where: file), other.name != kind.rawValue else { return }
    throw DatasetError(
      images.path, "it holds the images of \(other.name), not of \(kind.rawValue)",
      remedy: "name the data set \(other.name), or another folder")
  }

  private func check(_ images: IDXReader, against labels: IDXReader) throws {
    guard images.shape == [images.count, Self.side, Self.side] else {
      throw DatasetError(
        images.path, "its images have \(images.shape[1])x\(images.shape[2]) pixels, not 28x28",
        remedy: "Whittle reads images of this one size")
    }
    guard images.count == labels.count else {
      throw DatasetError(
        labels.path, "it holds \(labels.count) labels for the \(images.count) images of \(images.path)",
        remedy: "take both files from the same set")
    }
  }

  private func part(_ name: String, _ count: Int, _ images: IDXReader, _ labels: IDXReader) throws -> ImageSet
  {
    let labels = try self.labels(count, of: labels)
    return ImageSet(
      name: name, images: try images.items(count), labels: labels, rows: Self.side, columns: Self.side)
  }

  /// The rest of the labels is looked at as well: a bad one tells of a damaged file.
  private func skipLabels(_ reader: IDXReader) throws {
    _ = try labels(reader.remaining, of: reader)
  }

  private func labels(_ count: Int, of reader: IDXReader) throws -> [UInt8] {
    let first = reader.count - reader.remaining
    let labels = try reader.items(count)
    if let bad = labels.firstIndex(where: { $0 >= Self.classes }) {
      throw DatasetError(
        reader.path, "label \(first + bad) is \(labels[bad]), but there are \(Self.classes) classes",
        remedy: reader.isOwn ? "Whittle reads sets of these classes only" : reader.remedy)
    }
    return labels
  }
}
