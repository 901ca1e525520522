import Datasets
import TestSupport

/// A small set of the form of MNIST, whose pixels and labels tell which image they belong to.
struct IDXFixture {
  var trainCount = 20
  var testCount = 12

  static let trainImages = "train-images-idx3-ubyte"
  static let trainLabels = "train-labels-idx1-ubyte"
  static let testImages = "t10k-images-idx3-ubyte"
  static let testLabels = "t10k-labels-idx1-ubyte"

  static func header(_ words: UInt32...) -> [UInt8] {
    words.flatMap { word in [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: word >> $0) } }
  }

  /// Image `index` of a set has `base + index` in every pixel.
  static func images(_ count: Int, base: Int) -> [UInt8] {
    header(0x803, UInt32(count), 28, 28)
      + (0..<count).flatMap { [UInt8](repeating: UInt8(base + $0), count: 784) }
  }

  static func labels(_ count: Int) -> [UInt8] {
    header(0x801, UInt32(count)) + (0..<count).map { UInt8($0 % 10) }
  }

  var files: [String: [UInt8]] {
    [
      Self.trainImages: Self.images(trainCount, base: 0), Self.trainLabels: Self.labels(trainCount),
      Self.testImages: Self.images(testCount, base: 100), Self.testLabels: Self.labels(testCount),
    ]
  }

  /// A folder with the files, some of them replaced.
  func folder(replacing: [String: [UInt8]] = [:]) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for (name, bytes) in files.merging(replacing, uniquingKeysWith: { $1 }) {
      try folder.write(bytes, name)
    }
    return folder
  }
}

/// The line of the error that loading ends with, or nil if it does not fail.
func loadError(_ request: DatasetRequest) -> String? {
  do {
    _ = try DatasetCatalog.load(request)
    return nil
  } catch {
    return String(describing: error)
  }
}
