extension OwnDataset {
  /// Reads what a request takes of the data.
  ///
  /// - Throws: `DatasetError`.
  func load(_ request: DatasetRequest) throws -> Dataset {
    let parts = try parts()
    let split = try split(parts)
    let classes = try classNames(parts)
    let shape = try shape(parts)
    let taken = try TrainingSplit(request, available: split.train.count)
    let tested = try TrainingSplit.testCount(request, available: split.test.count)
    // Before anything is decoded.
    let trainLabels = try labels(parts.train, classes)
    let testPart = parts.test ?? parts.train
    let testLabels = try parts.test.map { try labels($0, classes, of: parts.train) } ?? trainLabels
    let wanted = taken.validation.count + taken.train.count + tested
    let counter = ReadingCounter(of: wanted, request.progress)
    let reading = DataReading(skipsUnreadable: skipsUnreadable) { done, _ in counter.report(done) }
    var warnings: [String] = []
    func part(_ name: String, _ part: any DataPart, _ labels: [UInt8], _ images: ArraySlice<Int>) throws
      -> ImageSet
    {
      let images = Array(images)
      let read = try part.values(of: images, as: shape, reading)
      counter.finish(images.count)
      warnings += Self.warnings(read, name)
      let lost = Set(read.unreadable.map(\.image))
      let kept = lost.isEmpty ? images : images.filter { !lost.contains($0) }
      guard !kept.isEmpty else {
        throw DatasetError(
          part.path, "none of its images can be read", remedy: "see why with 'whittle data check'")
      }
      return ImageSet(name: name, pixels: read.pixels, labels: kept.map { labels[$0] }, shape: shape)
    }
    let validation =
      taken.validation.isEmpty
      ? nil : try part("validation", parts.train, trainLabels, split.train[taken.validation])
    let train = try part("train", parts.train, trainLabels, split.train[taken.train])
    let test = try part("test", testPart, testLabels, split.test[..<tested])
    guard Self.kind(train) == Self.kind(test) else {
      throw DatasetError(
        testPart.path, "its values are \(Self.kind(test)), but those to train on are \(Self.kind(train))",
        remedy: "give both the same type")
    }
    return Dataset(
      name: format, classes: classes.count, train: train, validation: validation, test: test,
      warnings: warnings)
  }

  private static func kind(_ set: ImageSet) -> String {
    if case .bytes = set.pixels { "bytes" } else { "floats" }
  }

  /// The class of each image.
  ///
  /// - Parameter train: the part that tells the classes where nothing else does; nil for itself.
  func labels(_ part: any DataPart, _ classes: [String], of train: (any DataPart)? = nil) throws -> [UInt8] {
    let source = self.classes == nil && train != nil ? train?.path ?? "" : "the classes given"
    return try part.labels.classes(classes, path: part.path, source: source)
  }

  static func warnings(_ read: PartValues, _ name: String) -> [String] {
    guard let first = read.unreadable.first else { return [] }
    let count = read.unreadable.count
    return [
      "\(count) \(name) image\(count == 1 ? " is" : "s are") left out, which cannot be read; "
        + (count == 1 ? first.reason : "the first: \(first.reason)")
    ]
  }
}

/// Adds up what the parts of a data set report.
private final class ReadingCounter: @unchecked Sendable {
  // Only `done` changes, between the readings of two parts, when no thread reports.
  private var done = 0
  private let all: Int
  private let progress: (@Sendable (Int, Int) -> Void)?

  init(of all: Int, _ progress: (@Sendable (Int, Int) -> Void)?) {
    (self.all, self.progress) = (all, progress)
  }

  func report(_ count: Int) { progress?(done + count, all) }

  func finish(_ count: Int) { done += count }
}
