import Datasets

/// What a config can call its data: a set that Whittle knows, or the format of files of somebody's own.
enum DatasetName: ConfigName {
  case known(KnownDataset)
  case format(String)

  init?(rawValue: String) {
    if let set = KnownDataset(rawValue: rawValue) {
      self = .known(set)
    } else if DataFormats.named(rawValue) != nil {
      self = .format(rawValue)
    } else {
      return nil
    }
  }

  var rawValue: String {
    switch self {
    case .known(let set): set.name
    case .format(let name): name
    }
  }

  static var allCases: [DatasetName] {
    DatasetCatalog.all.map { .known($0) } + DataFormats.all.map { .format($0.name) }
  }
}
