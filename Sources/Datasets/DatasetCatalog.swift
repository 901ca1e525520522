/// The data sets that a study can name.
public enum DatasetCatalog {
  /// The names, `mnist`, `fashion-mnist` and `synthetic-digits`.
  public static let names = IDXFolder.Kind.allCases.map(\.rawValue) + [synthetic]
  private static let synthetic = "synthetic-digits"

  /// Loads a data set, or as much of it as is asked for.
  ///
  /// The files of a folder may be plain or gzip. They are read once and checked to their last byte, but only the
  /// images asked for are kept.
  ///
  /// - Throws: `DatasetError` for an unknown name, a number of images that cannot be had, and a file that is
  ///   missing, unreadable or malformed.
  public static func load(_ request: DatasetRequest) throws -> Dataset {
    if let kind = IDXFolder.Kind(rawValue: request.name) {
      guard let directory = request.directory else {
        throw DatasetError(
          "dataset.directory: '\(request.name)' is read from files; name their folder, or get them with "
            + "'whittle data download \(request.name) --directory DIR'")
      }
      return try IDXFolder(kind: kind, directory: directory).load(request)
    }
    guard request.name == synthetic else {
      throw DatasetError(
        "dataset.name: there is no data set '\(request.name)'; there are \(names.joined(separator: ", "))")
    }
    return try loadSynthetic(request)
  }

  private static func loadSynthetic(_ request: DatasetRequest) throws -> Dataset {
    let digits = SyntheticDigits(seed: request.seed)
    let train = try TrainingSplit(request, available: SyntheticDigits.trainCount)
    let test = try testCount(request, available: SyntheticDigits.testCount)
    return Dataset(
      name: request.name, classes: SyntheticDigits.classes,
      train: digits.images("train", of: .train, range: train.train),
      validation: train.validation.isEmpty
        ? nil : digits.images("validation", of: .train, range: train.validation),
      test: digits.images("test", of: .test, range: 0..<test))
  }

  /// The number of test images a request takes out of those there are.
  static func testCount(_ request: DatasetRequest, available: Int) throws -> Int {
    let count = request.test ?? available
    guard count >= 1 else {
      throw DatasetError("dataset.test: \(count) is not a number of images; take at least 1")
    }
    guard count <= available else {
      throw DatasetError(
        "dataset.test: \(count) images asked for, but '\(request.name)' has \(available) to test on; take fewer"
      )
    }
    return count
  }
}

/// Which images of the training set are held out and which are trained on.
struct TrainingSplit {
  let validation: Range<Int>
  let train: Range<Int>

  /// - Throws: `DatasetError` if there are fewer images than the request takes.
  init(_ request: DatasetRequest, available: Int) throws {
    let held = request.validation ?? 0
    guard held >= 0 else {
      throw DatasetError("dataset.validation: \(held) is not a number of images; take 0 or more")
    }
    guard held < available else {
      throw DatasetError(
        "dataset.validation: \(held) images held out leave none of the \(available) training images of "
          + "'\(request.name)'; hold out fewer")
    }
    let count = request.train ?? (available - held)
    guard count >= 1 else {
      throw DatasetError("dataset.train: \(count) is not a number of images; take at least 1")
    }
    guard count <= available - held else {
      let rest = held == 0 ? "" : " after the \(held) held out by dataset.validation"
      throw DatasetError(
        "dataset.train: \(count) images asked for, but '\(request.name)' has \(available - held) to train "
          + "on\(rest); take fewer")
    }
    validation = 0..<held
    train = held..<(held + count)
  }
}
