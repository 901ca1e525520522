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
