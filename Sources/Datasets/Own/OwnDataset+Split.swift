import RandomNumbers

extension OwnDataset {
  /// An image of a part: where from, and which.
  struct Split {
    /// Images to train on, of the training part.
    var train: [Int]
    /// Images to test on; of the training part where there is no other.
    var test: [Int]
  }

  /// Which images are trained on and which are tested on, in an order that the seed draws, since files are often sorted by
  /// class. What is held out has the same share of each class.
  ///
  /// - Parameter needsTest: whether data without a test set, of which none is to be held out, is refused.
  /// - Throws: `DatasetError`.
  func split(_ parts: DataParts, needsTest: Bool = true) throws -> Split {
    var random = SplitMix64(seed: splitSeed, stream: 1)
    let order = random.permutation(parts.train.count).map { Int($0) }
    if let test = parts.test {
      return Split(train: order, test: random.permutation(test.count).map { Int($0) })
    }
    guard let testFraction else {
      guard needsTest else { return Split(train: order, test: []) }
      throw DatasetError(
        place, "there is no data to test on",
        remedy: "give it, or hold some out with dataset.test_fraction, as in 0.2")
    }
    let places = parts.train.labels.places
    var left = [Int](repeating: 0, count: parts.train.labels.names.count)
    for place in places { left[place] += 1 }
    // At least one of each class stays to be trained on.
    left = left.map { min(Int((testFraction * Double($0)).rounded()), $0 - 1) }
    var split = Split(train: [], test: [])
    for image in order {
      if left[places[image]] > 0 {
        left[places[image]] -= 1
        split.test.append(image)
      } else {
        split.train.append(image)
      }
    }
    guard !split.test.isEmpty else {
      throw DatasetError(
        place, "dataset.test_fraction \(testFraction) holds out none of its \(places.count) images",
        remedy: "take more")
    }
    return split
  }
}
