import Files
import Text

/// Which images a study trains and tests on.
package struct DatasetConfig: Equatable, Sendable {
  /// The data sets that Whittle can read; all have images of 28x28 bytes in ten classes.
  package enum Name: String, ConfigName {
    case syntheticDigits = "synthetic-digits"
    case mnist
    case fashionMNIST = "fashion-mnist"

    /// Values in one image: the width of a network's first layer.
    package var inputs: Int { 784 }
    /// Classes: the width of a network's last layer.
    package var classes: Int { 10 }
    /// Whether the images come from files.
    package var needsDirectory: Bool { self != .syntheticDigits }
  }

  package var name: Name
  /// The folder that holds the four IDX files, relative to the current directory; `nil` for the embedded set.
  package var directory: String?
  /// How many images to take from the start of the training set (after `validation`); `nil` is all.
  package var train: Int?
  /// How many images to take from the start of the test set; `nil` is all.
  package var test: Int?
  /// How many images at the start of the training set are held out: neither trained nor tested on.
  package var validation: Int

  package init(
    name: Name, directory: String? = nil, train: Int? = nil, test: Int? = nil, validation: Int = 0
  ) {
    self.name = name
    self.directory = directory
    self.train = train
    self.test = test
    self.validation = validation
  }

  private static let counts = 1...10_000_000

  init(from section: ConfigSection) {
    name = section.name("name", default: nil)
    let directory = section.optionalString("directory")
    if directory == "" { section.report("directory", "the path is empty") }
    if directory != nil, !name.needsDirectory {
      section.report(
        "directory",
        "the \(name.rawValue) are built in and read from no folder; name the data set of these files, or leave it out",
        involving: [section.path("name")])
    }
    self.directory =
      name.needsDirectory ? directory.map(HomeFolder.expand) ?? "data/\(name.rawValue)" : nil
    train = section.optionalInteger("train", Self.counts)
    test = section.optionalInteger("test", Self.counts)
    validation = section.integer("validation", default: 0, 0...Self.counts.upperBound)
    section.finish()
  }

  var json: JSONObject {
    JSONObject([
      ("name", .string(name.rawValue)),
      ("directory", directory.map { .string($0) }),
      ("train", train.map { JSONValue($0) }),
      ("test", test.map { JSONValue($0) }),
      ("validation", JSONValue(validation)),
    ])
  }
}
