extension KnownDataset {
  /// Digits that Whittle draws itself; see `SyntheticDigits`.
  public static let syntheticDigits = KnownDataset(
    name: "synthetic-digits", summary: "digits drawn from strokes, built in", shape: SyntheticDigits.shape,
    classes: SyntheticDigits.classes, trainCount: 60_000, testCount: 10_000, form: DrawnDigits())
}

/// The form of `synthetic-digits`, which are drawn when they are asked for.
struct DrawnDigits: DatasetForm {
  var files: [String] { [] }

  func load(_ request: DatasetRequest, of set: KnownDataset) throws -> Dataset {
    let digits = SyntheticDigits(seed: request.seed)
    let train = try TrainingSplit(request, available: set.trainCount)
    let test = try TrainingSplit.testCount(request, available: set.testCount)
    return Dataset(
      name: set.name, classes: set.classes, train: digits.images("train", of: .train, range: train.train),
      validation: train.validation.isEmpty
        ? nil : digits.images("validation", of: .train, range: train.validation),
      test: digits.images("test", of: .test, range: 0..<test))
  }
}
