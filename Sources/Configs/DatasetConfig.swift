import Datasets
import Files
import GraphExec
import Text

/// Which images a study trains and tests on.
package struct DatasetConfig: Equatable, Sendable {
  package var name: KnownDataset
  /// The folder that holds the set's files, relative to the current directory; `nil` for the embedded set.
  package var directory: String?
  /// How many images to take from the start of the training set (after `validation`); `nil` is all.
  package var train: Int?
  /// How many images to take from the start of the test set; `nil` is all.
  package var test: Int?
  /// How many images at the start of the training set are held out: neither trained nor tested on.
  package var validation: Int
  /// What the networks see of the images' bytes.
  package var normalization: PixelNormalization

  package init(
    name: KnownDataset, directory: String? = nil, train: Int? = nil, test: Int? = nil, validation: Int = 0,
    normalization: PixelNormalization = .none
  ) {
    self.name = name
    self.directory = directory
    self.train = train
    self.test = test
    self.validation = validation
    self.normalization = normalization
  }

  private static let counts = 1...10_000_000

  /// Reads what stands beside the name.
  ///
  /// - Parameter set: the data set; nil where its name was refused.
  init(from section: ConfigSection, of set: KnownDataset?) {
    name = set ?? .syntheticDigits
    let directory = section.optionalString("directory")
    if directory == "" { section.report("directory", "the path is empty") }
    if directory != nil, let set, !set.needsDirectory {
      section.report(
        "directory",
        "the \(set.name) are built in and read from no folder; name the data set of these files, or leave it out",
        involving: [section.path("name")])
    }
    self.directory =
      name.needsDirectory ? directory.map(HomeFolder.expand) ?? "data/\(name.rawValue)" : nil
    train = section.optionalInteger("train", Self.counts)
    test = section.optionalInteger("test", Self.counts)
    validation = section.integer("validation", default: 0, 0...Self.counts.upperBound)
    normalization = PixelNormalization(from: section, of: set)
    section.finish()
  }

  var json: JSONObject {
    JSONObject([
      ("name", .string(name.rawValue)),
      ("directory", directory.map { .string($0) }),
      ("train", train.map { JSONValue($0) }),
      ("test", test.map { JSONValue($0) }),
      ("validation", JSONValue(validation)),
      ("normalization", normalization.json),
    ])
  }
}

extension KnownDataset: ConfigName {}
