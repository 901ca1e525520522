/// How a data set's images are had: read from the files of a format, or drawn.
package protocol DatasetForm: Sendable {
  /// The names of the files without `.gz`; none where the images are drawn.
  var files: [String] { get }
  /// Folders in which archives and other programs put the files, within the one that is named.
  var subfolders: [String] { get }
  /// Reads or draws what the request takes.
  ///
  /// - Throws: `DatasetError`.
  func load(_ request: DatasetRequest, of set: KnownDataset) throws -> Dataset
}

extension DatasetForm {
  package var subfolders: [String] { [] }
}
