import Datasets
import Files
import GraphExec
import Text

/// Which images a study trains and tests on.
package struct DatasetConfig: Equatable, Sendable {
  /// The data set: one that is known, or what the files of one's own hold.
  package var name: KnownDataset
  /// The folder that holds the set's files, relative to the current directory; `nil` for the embedded set.
  package var directory: String?
  /// The files of one's own; nil for a set that is known.
  package var own: OwnDataset?
  /// How many images to take from the start of the training set (after `validation`); `nil` is all.
  package var train: Int?
  /// How many images to take from the start of the test set; `nil` is all.
  package var test: Int?
  /// How many images at the start of the training set are held out: neither trained nor tested on.
  package var validation: Int
  /// What the networks see of the images' values.
  package var normalization: PixelNormalization
  /// Whether mean and deviation are those of the training images, in place of `normalization`'s.
  package var measuresNormalization = false

  package init(
    name: KnownDataset, directory: String? = nil, own: OwnDataset? = nil, train: Int? = nil, test: Int? = nil,
    validation: Int = 0, normalization: PixelNormalization = .none
  ) {
    self.name = name
    self.directory = directory
    self.own = own
    self.train = train
    self.test = test
    self.validation = validation
    self.normalization = normalization
  }

  private static let counts = 1...10_000_000

  /// Reads the section.
  ///
  /// - Returns: the value, and the data set; nil where that was refused.
  static func read(from section: ConfigSection) -> (config: DatasetConfig, set: KnownDataset?) {
    let name: DatasetName? = section.requiredName("name")
    var set: KnownDataset?
    var config = DatasetConfig(name: .syntheticDigits)
    let directory = section.optionalString("directory")
    if directory == "" { section.report("directory", "the path is empty") }
    let problems = section.reader.problems.count
    switch name {
    case nil: _ = OwnDataset(from: section, format: nil, directory: nil)
    case .known(let known):
      _ = OwnDataset(from: section, format: nil, directory: nil)
      set = known
      config.name = known
      OwnDataset.refuseKeys(section, of: known)
      if directory != nil, !known.needsDirectory {
        section.report(
          "directory",
          "the \(known.name) are built in and read from no folder; name the data set of these files, or leave it out",
          involving: [section.path("name")])
      }
      config.directory =
        known.needsDirectory ? directory.map(HomeFolder.expand) ?? "data/\(known.rawValue)" : nil
    case .format(let format):
      var own = OwnDataset(from: section, format: format, directory: directory.map(HomeFolder.expand))
      config.directory = own.directory
      if section.reader.problems.count == problems {
        do {
          let found = try own.described()
          set = found
          config.name = found
          own.shape = found.shape
          own.classes = found.classNames
        } catch {
          section.report(own.trainImages == nil ? "directory" : "train_images", "\(error)")
        }
      }
      config.own = own
    }
    config.train = section.optionalInteger("train", Self.counts)
    config.test = section.optionalInteger("test", Self.counts)
    config.validation = section.integer("validation", default: 0, 0...Self.counts.upperBound)
    config.normalization = PixelNormalization(from: section, of: set)
    config.measuresNormalization = section.members["normalization"] == PixelNormalization.measured
    section.finish()
    return (config, set)
  }

  /// Reads the section by itself.
  ///
  /// - Parameter source: what the lines about problems start with.
  /// - Throws: `ConfigError` with every problem.
  package init(json: JSONObject, source: String) throws(ConfigError) {
    let reader = ConfigReader()
    let (config, _) = Self.read(from: reader.root(json))
    guard reader.problems.isEmpty else {
      throw ConfigError(problems: reader.problems.map { $0.line(source: source, overrides: []) })
    }
    self = config
  }

  /// Reads the images.
  ///
  /// - Parameter progress: called with the number of images read so far, and of all, where reading takes its time.
  /// - Throws: `DatasetError`.
  package func load(progress: (@Sendable (Int, Int) -> Void)? = nil) throws -> Dataset {
    try name.load(
      DatasetRequest(
        name: name.name, directory: directory, train: train, test: test,
        validation: validation == 0 ? nil : validation, progress: progress))
  }

  var json: JSONObject {
    JSONObject(
      [
        ("name", .string(name.rawValue)),
        ("directory", directory.map { .string($0) }),
      ] + (own?.json ?? []) + [
        ("train", train.map { JSONValue($0) }),
        ("test", test.map { JSONValue($0) }),
        ("validation", JSONValue(validation)),
        ("normalization", measuresNormalization ? PixelNormalization.measured : normalization.json),
      ])
  }
}

extension KnownDataset: ConfigName {}
