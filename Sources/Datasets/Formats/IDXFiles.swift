/// Four IDX files, in the form of MNIST's: grey images and their labels, to train and to test on.
package struct IDXFiles: DatasetForm {
  private let trainImages: String
  private let trainLabels: String
  private let testImages: String
  private let testLabels: String
  /// The label of the first class; it becomes 0.
  let firstLabel: UInt8
  /// Whether each image lies column by column.
  let isTransposed: Bool
  package let subfolders: [String]

  /// Files whose names start with the given texts.
  init(
    train: String, test: String, firstLabel: UInt8 = 0, isTransposed: Bool = false, subfolders: [String] = []
  ) {
    trainImages = "\(train)-images-idx3-ubyte"
    trainLabels = "\(train)-labels-idx1-ubyte"
    testImages = "\(test)-images-idx3-ubyte"
    testLabels = "\(test)-labels-idx1-ubyte"
    self.firstLabel = firstLabel
    self.isTransposed = isTransposed
    self.subfolders = subfolders
  }

  /// The files of MNIST and of the sets made to take its place.
  static let mnist = IDXFiles(train: "train", test: "t10k")

  package var files: [String] { [trainImages, trainLabels, testImages, testLabels] }

  /// The sizes in bytes that a set of so many images gives the files, in their order.
  func sizes(_ shape: ImageShape, trainCount: Int, testCount: Int) -> [Int] {
    [trainCount, testCount].flatMap { [16 + $0 * shape.values, 8 + $0] }
  }

  package func load(_ request: DatasetRequest, of set: KnownDataset) throws -> Dataset {
    let folder = IDXFolder(files: self, directory: request.directory ?? "", set: set)
    let train = try folder.open(trainImages, trainLabels)
    let split = try TrainingSplit(request, available: train.count)
    let validation = try train.part("validation", split.validation.count)
    let training = try train.part("train", split.train.count)
    try train.finish()
    let test = try folder.open(testImages, testLabels)
    let testing = try test.part("test", TrainingSplit.testCount(request, available: test.count))
    try test.finish()
    return Dataset(
      name: set.name, classes: set.classes, train: training,
      validation: validation.count > 0 ? validation : nil,
      test: testing)
  }
}

extension KnownDataset {
  /// A set of 28x28 grey images in four IDX files, in whose order the digests are; without them it is not downloaded.
  init(
    name: String, summary: String, classes: Int, classNames: [String]? = nil, trainCount: Int, testCount: Int,
    statistics: ChannelStatistics? = nil, files: IDXFiles, page: String,
    digests: [PublishedFile.Digest] = [], mirrors: [String] = []
  ) {
    let shape = ImageShape(height: 28, width: 28)
    let sizes = files.sizes(shape, trainCount: trainCount, testCount: testCount)
    let published = zip(zip(files.files, sizes), digests).map { file, digest in
      PublishedFile(name: file.0, size: file.1, digest: digest)
    }
    self.init(
      name: name, summary: summary, shape: shape, classes: classes, classNames: classNames,
      trainCount: trainCount,
      testCount: testCount, statistics: statistics, form: files, page: page,
      published: published.isEmpty ? nil : PublishedSet(name: name, files: published, mirrors: mirrors))
  }
}
