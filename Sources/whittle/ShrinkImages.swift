import ArgumentParser
import Configs
import Datasets
import Files
import GraphExec
import ModelFiles
import Text

/// The labelled images that a search trains and chooses with, and what is done with them.
struct ShrinkImages {
  private let config: DatasetConfig
  let normalization: PixelNormalization
  let batchSize: Int
  let augmentation: Augmentation
  let labelSmoothing: Double

  /// Takes what `--data` names, a config or a data set, or what a model's file says of its training.
  ///
  /// - Throws: `ValidationError` where nothing is named and the file does not say; `ConfigError`.
  init(_ data: String?, directory: String?, of stored: StoredModel, path: String) throws {
    let own = try stored.normalization(path: path)
    if let data, let set = KnownDataset(rawValue: data) {
      config = DatasetConfig(
        name: set, directory: set.needsDirectory ? directory ?? "data/\(set.name)" : nil, normalization: own)
      (normalization, batchSize, augmentation, labelSmoothing) = (own, 256, .none, 0)
      return
    }
    let study: StudyConfig
    if let data {
      guard FileSystem.exists(data) else {
        let names = DatasetCatalog.all.map(\.name)
        let nearest = NearestName.find(data, among: names).map { "; did you mean \($0)?" } ?? ""
        throw ValidationError("--data \(data): neither a config nor a data set\(nearest)")
      }
      study = try StudyConfig.load(path: data)
    } else if let origin = ModelOrigin(metadata: stored.metadata) {
      study = try StudyConfig(json: origin.config, source: "\(path): its config")
    } else {
      throw ValidationError(
        "\(path) does not say what it was trained on; --data names labelled images, which a search cannot do without"
      )
    }
    config = study.dataset
    // A network that was imported is shown what it was trained on; a config that says so itself goes before.
    normalization = study.dataset.normalization == .none ? own : study.dataset.normalization
    batchSize = study.training.batchSize
    augmentation = study.training.augmentation
    labelSmoothing = study.training.labelSmoothing
  }

  /// The images, which have to be what a model is for.
  ///
  /// - Parameter path: what messages call the model.
  /// - Throws: `DatasetError`; `FileFormatError` where the model is for others.
  func load(for network: Network, path: String) throws -> Dataset {
    let data = try DatasetCatalog.load(
      DatasetRequest(
        name: config.name.name, directory: config.directory, train: config.train, test: config.test,
        validation: config.validation))
    let shape = Shape(data.shape)
    guard network.input.isFlat ? network.inputs == shape.count : network.input == shape,
      network.outputs == data.classes
    else {
      throw FileFormatError(
        path,
        "the model is for images of \(network.input) and \(network.outputs) classes, and those of \(data.name) are \(shape) of "
          + "\(data.classes)")
    }
    guard [1, shape.channels].contains(normalization.mean.count) else {
      throw FileFormatError(
        path,
        "the model is shown images of \(normalization.mean.count) channels, and those of \(data.name) have \(shape.channels)"
      )
    }
    guard data.test.count >= 2 else {
      throw FileFormatError(path, "too few test images to choose and test by")
    }
    return data
  }
}
