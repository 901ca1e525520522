import Datasets
import Files
import TestSupport

/// A small set in the form of CIFAR-10, whose pixels and labels tell which image they belong to.
struct CIFARFixture {
  static let records = 20
  static let shape = ImageShape(channels: 3, height: 4, width: 5)
  static let form = CIFARFiles(recordsPerFile: records)

  /// The set, and what of it can be downloaded.
  static func set(_ published: PublishedSet? = nil) -> KnownDataset {
    KnownDataset(
      name: "cifar-10", summary: "a test's", shape: shape, classes: 10, trainCount: 5 * records,
      testCount: records,
      form: form, page: "https://example.org/cifar", published: published)
  }

  static func label(_ index: Int) -> UInt8 { UInt8(index * 7 % 10) }

  /// Plane by plane, each with a value of its own.
  static func image(_ index: Int) -> [UInt8] {
    (0..<3).flatMap { [UInt8](repeating: UInt8(index + 40 * $0), count: 20) }
  }

  /// File 0 to 4 to train on, 5 to test on.
  static func bytes(_ file: Int) -> [UInt8] {
    (file * records..<(file + 1) * records).flatMap { [label($0)] + image($0) }
  }

  static var files: [(name: String, bytes: [UInt8])] {
    form.files.enumerated().map { ($1, bytes($0)) }
  }

  /// A folder with the files, some of them replaced or, where there are no bytes, left out.
  static func folder(_ replacing: [String: [UInt8]?] = [:], within name: String? = nil) throws
    -> TemporaryFolder
  {
    let folder = try TemporaryFolder()
    if let name { try FileSystem.createFolder(folder(name)) }
    for file in files {
      let replaced = replacing[file.name]
      if let bytes = replaced ?? file.bytes {
        try folder.write(bytes, (name.map { $0 + "/" } ?? "") + file.name)
      }
    }
    return folder
  }
}
