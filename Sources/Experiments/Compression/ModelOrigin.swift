import Datasets

/// What a model file says of the training that its weights come from.
package struct ModelOrigin: Equatable, Sendable {
  /// The data set's name, as in a config.
  package let dataset: String
  /// SHA-256 of all its images and labels that the study used.
  package let datasetDigest: String
  /// How many images the study tested on, and the SHA-256 of these with their labels.
  package let testImages: Int
  package let testDigest: String
  /// The config of a study of this one run, as JSON.
  package let config: JSONValue

  /// The origin of a run's weights.
  init(_ run: RunName, of study: StudyConfig, data: StudyData) {
    var own = study
    own.description = nil
    own.training.seeds = [run.seed]
    own.pruning.sparsities = [run.sparsity]
    // Without pruning there is nothing that they could differ in.
    own.pruning.strategies = [run.sparsity > 0 ? run.strategy : .weight]
    dataset = study.dataset.name.rawValue
    datasetDigest = data.digest
    testImages = data.test.count
    testDigest = data.testDigest
    config = own.json.without(["output", "execution"])
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

extension JSONValue {
  /// An object without some of its keys.
  fileprivate func without(_ keys: [String]) -> JSONValue {
    guard case .object(var object) = self else { return self }
    for key in keys { object[key] = nil }
    return .object(object)
  }
}

// MARK: - In a file

extension ModelOrigin {
  private enum Key {
    static let dataset = "dataset"
    static let datasetDigest = "dataset_sha256"
    static let testImages = "test_images"
    static let testDigest = "test_sha256"
    static let config = "config"
  }

  /// The entries of a model file's metadata.
  package var metadata: [String: String] {
    [
      Key.dataset: dataset, Key.datasetDigest: datasetDigest, Key.testImages: String(testImages),
      Key.testDigest: testDigest, Key.config: config.compact,
    ]
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
  }
}
