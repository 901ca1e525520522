/// The data sets that a study can name.
public enum DatasetCatalog {
  /// Every data set; configs, their schema, `whittle data` and the README's table go by this list.
  public static let all: [KnownDataset] =
    [.syntheticDigits, .mnist, .fashionMNIST, .kmnist] + KnownDataset.emnist + [.cifar10]

  /// Their names.
  public static let names = all.map(\.name)

  /// Loads a data set, or as much of it as is asked for.
  ///
  /// The files of a folder may be plain or gzip. They are read once and checked to their last byte, but only the
  /// images asked for are kept.
  ///
  /// - Throws: `DatasetError` for an unknown name, a number of images that cannot be had, and a file that is
  ///   missing, unreadable or malformed.
  public static func load(_ request: DatasetRequest) throws -> Dataset {
    guard let set = KnownDataset(rawValue: request.name) else {
      throw DatasetError(
        "dataset.name: there is no data set '\(request.name)'; there are \(names.joined(separator: ", "))")
    }
    return try set.load(request)
  }
}

extension KnownDataset {
  package func load(_ request: DatasetRequest) throws -> Dataset {
    if needsDirectory, request.directory == nil {
      let source =
        published == nil
        ? page.map { ", or get them from \($0)" } ?? ""
        : ", or get them with 'whittle data download \(name) --directory DIR'"
      throw DatasetError("dataset.directory: '\(name)' is read from files; name their folder\(source)")
    }
    var dataset = try form.load(request, of: self)
    switch request.normalization {
    case .none: break
    case .ofTrainingImages: dataset.normalization = Normalization(of: dataset.train)
    case .given(let normalization):
      guard normalization.mean.count == shape.channels else {
        throw DatasetError(
          "dataset.mean, dataset.deviation: \(normalization.mean.count) values each, but the images of '\(name)' have "
            + "\(shape.channels) channel\(shape.channels == 1 ? "" : "s"); give one for each")
      }
      dataset.normalization = normalization
    }
    return dataset
  }
}
