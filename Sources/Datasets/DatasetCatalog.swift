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
    return try form.load(request, of: self)
  }
}
