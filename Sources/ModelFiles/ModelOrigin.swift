import Configs
import Datasets
import GraphExec
import Text

/// What a model file says of the training that its weights come from.
package struct ModelOrigin: Equatable, Sendable {
  /// The data set's name, as in a config.
  package let dataset: String
  /// SHA-256 of all its images and labels that the study used.
  package let datasetDigest: String
  /// How many images the study tested on, and the SHA-256 of these with their labels.
  package let testImages: Int
  package let testDigest: String
  /// Whether the images are floats, and not bytes.
  package let areFloats: Bool
  /// The config of a study of this one run, as JSON.
  package let config: JSONValue

  package init(
    dataset: String, datasetDigest: String, testImages: Int, testDigest: String, areFloats: Bool = false,
    config: JSONValue
  ) {
    self.dataset = dataset
    self.datasetDigest = datasetDigest
    self.testImages = testImages
    self.testDigest = testDigest
    self.areFloats = areFloats
    self.config = config
  }

  /// Whether these are the images that the study tested on, or begin with them.
  package func testedOn(_ images: ImageSet) -> Bool {
    images.count >= testImages && images.contentDigest(first: testImages) == testDigest
  }

  /// The folder that the images were read from, as the config wrote it.
  package var directory: String? {
    guard case .object(let config) = config, case .object(let dataset)? = config["dataset"],
      case .string(let path)? = dataset["directory"]
    else { return nil }
    return path
  }
}

extension ModelOrigin {
  /// The data set as the study's config has it, with what the model was shown of its values; nil where the config does not say.
  ///
  /// - Throws: `ConfigError` where the config says what is none.
  package func data() throws(ConfigError) -> DatasetConfig? {
    guard case .object(let config) = config, case .object(let dataset)? = config["dataset"] else {
      return nil
    }
    return try DatasetConfig(json: dataset, source: "its config")
  }
}

// MARK: - In a file

extension ModelOrigin {
  private enum Key {
    static let dataset = "dataset"
    static let datasetDigest = "dataset_sha256"
    static let testImages = "test_images"
    static let testDigest = "test_sha256"
    static let values = "values"
    static let floats = "floats"
    static let config = "config"
  }

  /// The entries of a model file's metadata.
  package var metadata: [String: String] {
    var metadata = [
      Key.dataset: dataset, Key.datasetDigest: datasetDigest, Key.testImages: String(testImages),
      Key.testDigest: testDigest, Key.config: config.compact,
    ]
    if areFloats { metadata[Key.values] = Key.floats }
    return metadata
  }

  /// Reads the metadata of a model file; nil where it does not say, as in a file of another program.
  package init?(metadata: [String: String]) {
    guard let dataset = metadata[Key.dataset], let digest = metadata[Key.datasetDigest],
      let testImages = metadata[Key.testImages].flatMap({ Int($0) }), testImages > 0,
      let testDigest = metadata[Key.testDigest],
      let config = metadata[Key.config].flatMap({ try? JSONParser.parse($0) })
    else { return nil }
    (self.dataset, datasetDigest, self.testImages) = (dataset, digest, testImages)
    (self.testDigest, self.config) = (testDigest, config)
    areFloats = metadata[Key.values] == Key.floats
  }
}
