import ArgumentParser
import Configs
import Datasets
import Files
import GraphExec
import ModelEvaluation
import ModelFiles
import Text

/// The labelled images that a search trains and chooses with, and what is done with them.
struct ShrinkImages {
  private let config: DatasetConfig
  let batchSize: Int
  let augmentation: Augmentation
  let labelSmoothing: Double

  /// Takes what `--data` names, a data set, data of one's own or a config, or what a model's file says of its training.
  ///
  /// - Throws: `ValidationError` where nothing is named and the file does not say; `ConfigError`; `DatasetError`.
  init(_ data: String?, directory: String?, of stored: StoredModel, path: String) throws {
    let own = try stored.normalization(path: path)
    if let data, let named = try Self.named(data, directory: directory, of: stored, path: path) {
      config = named
      (batchSize, augmentation, labelSmoothing) = (256, .none, 0)
      return
    }
    let study: StudyConfig
    if let data {
      study = try StudyConfig.load(path: data)
    } else if let origin = ModelOrigin(metadata: stored.metadata) {
      study = try StudyConfig(json: origin.config, source: "\(path): its config")
    } else {
      throw ValidationError(
        "\(path) does not say what it was trained on; --data names labelled images, which a search cannot do without"
      )
    }
    var config = study.dataset
    // A network that was imported is shown what it was trained on; a config that says so itself goes before.
    if config.normalization == .none { config.normalization = own }
    self.config = config
    batchSize = study.training.batchSize
    augmentation = study.training.augmentation
    labelSmoothing = study.training.labelSmoothing
    try check(augmentation, of: stored.network.input, source: data ?? path)
  }

  /// Whether a network's images can be cropped and mirrored as a config says.
  ///
  /// - Parameter source: where the config stands.
  /// - Throws: `ValidationError`.
  private func check(_ augmentation: Augmentation, of image: Shape, source: String) throws {
    guard augmentation != .none else { return }
    let way = "give --data a config without it, or the name or path of the images"
    guard !image.isFlat else {
      throw ValidationError(
        "\(source): its training.augmentation crops or mirrors images, and this network reads an image as a row of "
          + "\(image.count) values, which cannot be; \(way)")
    }
    guard augmentation.crop < min(image.height, image.width) else {
      throw ValidationError(
        "\(source): its training.augmentation.crop of \(augmentation.crop) is not below the size of this network's images, "
          + "\(image); \(way)")
    }
  }

  /// A known data set, or data of one's own, shown to the model as in its training; nil for a config.
  private static func named(_ data: String, directory: String?, of stored: StoredModel, path: String) throws
    -> DatasetConfig?
  {
    let normalization = try stored.normalization(path: path)
    if let set = KnownDataset(rawValue: data) {
      return DatasetConfig(
        name: set, directory: set.needsDirectory ? directory ?? "data/\(set.name)" : nil,
        normalization: normalization)
    }
    guard FileSystem.exists(data) else {
      let names = DatasetCatalog.all.map(\.name)
      let nearest = NearestName.find(data, among: names).map { "; did you mean \($0)?" } ?? ""
      throw ValidationError("--data \(data): neither a data set, nor a config or data at this path\(nearest)")
    }
    guard !isConfig(data) else { return nil }
    let trained = try stored.trained(path: path)
    var own = try OwnDataset(at: data, as: trained)
    // Pictures are scaled to what an imported network takes, which no values in a row tell.
    if trained == nil, !stored.original.input.isFlat { own.shape = try ModelInput(stored, path: path).shape }
    return DatasetConfig(
      name: try own.described(), directory: own.directory, own: own, normalization: normalization)
  }

  /// Whether a file is a config, and no table: by its name, or since it begins as JSON does.
  private static func isConfig(_ path: String) -> Bool {
    guard !FileSystem.leadsToFolder(path) else { return false }
    guard !path.hasSuffix(".json") else { return true }
    let start = (try? FileDescriptor(opening: path, 0, to: "read").readStart(64)) ?? []
    return start.first { !" \t\r\n".utf8.contains($0) } == UInt8(ascii: "{")
  }

  /// What a network is shown of the images' values.
  func normalization(of data: Dataset) -> PixelNormalization {
    config.measuresNormalization ? PixelNormalization(data.train.statistics()) : config.normalization
  }

  /// The images, which have to be what a model is for.
  ///
  /// - Parameter path: what messages call the model.
  /// - Throws: `DatasetError`; `FileFormatError` where the model is for others.
  func load(for network: Network, path: String) throws -> Dataset {
    let reading = ReadingDisplay()
    let data = try config.load { reading.report($0, of: $1) }
    reading.close()
    let shape = Shape(data.shape)
    guard network.input.isFlat ? network.inputs == shape.count : network.input == shape,
      network.outputs == data.classes
    else {
      throw FileFormatError(
        path,
        "the model is for images of \(network.input) and \(network.outputs) classes, and those of \(data.name) are \(shape) of "
          + "\(data.classes)")
    }
    let channels = normalization(of: data).mean.count
    guard [1, shape.channels].contains(channels) else {
      throw FileFormatError(
        path,
        "the model is shown images of \(channels) channels, and those of \(data.name) have \(shape.channels)"
      )
    }
    guard data.test.count >= 2 else {
      throw FileFormatError(path, "too few test images to choose and test by")
    }
    return data
  }
}
