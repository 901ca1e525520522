/// A format of files in which people have data of their own.
package protocol DataFormat: Sendable {
  /// The name in configs.
  static var name: String { get }
  /// A few words for tables.
  static var summary: String { get }
  /// The files of a folder by which the format is known, for messages.
  static var convention: String { get }
  /// Whether a folder, or a file, has the data in this format, by names and first bytes.
  static func isIn(_ path: String) -> Bool
  /// Finds the images to train on and, where there are any, those to test on.
  ///
  /// - Throws: `DatasetError`, `FileError`, `FileFormatError`.
  static func parts(of data: OwnDataset) throws -> DataParts
}

/// What there is of a data set.
package struct DataParts {
  let train: any DataPart
  let test: (any DataPart)?
  /// The names of the classes where the files list them, in the order of their numbers.
  var classNames: [String]?
}

/// The formats of data of one's own.
package enum DataFormats {
  /// Every format; configs, their schema, `whittle data` and the README's table go by this list.
  package static let all: [any DataFormat.Type] = [
    ImageFolder.self, NumpyData.self, CSVData.self, IDXData.self, CIFARData.self,
  ]

  /// The format of a name; nil where there is none.
  package static func named(_ name: String) -> (any DataFormat.Type)? { all.first { $0.name == name } }
}
