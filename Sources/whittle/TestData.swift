import ArgumentParser
import Configs
import Datasets
import Files
import ModelFiles

/// The images that a model is tested on: those of the data set that its file names, or of another one.
struct TestData {
  /// The name of the data set, or of the format of data of one's own.
  let name: String
  /// Where it is read from; nil for a set that is drawn.
  let folder: String?
  /// The names of the classes.
  let classes: [String]
  let images: ImageSet
  let warnings: [String]

  /// - Parameters:
  ///   - dataset: the name of a known set, or a path, as the command line has it.
  ///   - directory: the folder of its files, likewise.
  ///   - trained: the data set of the training; nil where the file does not say.
  /// - Throws: `DatasetError`, `ValidationError`.
  init(dataset: String?, directory: String?, origin: ModelOrigin?, trained: DatasetConfig?) throws {
    if let own = try Self.own(dataset, directory, trained) {
      let reading = ReadingDisplay()
      (images, warnings) = try own.loadTest { reading.report($0, of: $1) }
      reading.close()
      name = own.format
      folder = own.directory ?? own.testImages ?? own.trainImages
      classes = try own.described().classNames
      return
    }
    let set =
      dataset.flatMap { KnownDataset(rawValue: $0) } ?? origin.flatMap { KnownDataset(rawValue: $0.dataset) }
      ?? .syntheticDigits
    try Self.check(directory, of: set)
    folder = set.needsDirectory ? directory ?? Self.folder(of: set, origin) : nil
    // No training image is needed; one is the least that can be asked for.
    let data = try DatasetCatalog.load(DatasetRequest(name: set.name, directory: folder, train: 1))
    (name, classes, images, warnings) = (set.name, set.classNames, data.test, data.warnings)
  }

  /// A folder is for sets that are read from files.
  static func check(_ directory: String?, of set: KnownDataset) throws {
    guard let directory, !set.needsDirectory else { return }
    throw ValidationError(
      "--directory \(directory): the \(set.name) are built in; name the data set with --dataset")
  }

  /// Data of one's own, with the shape and the classes that the model was trained on; nil for a set that is known.
  private static func own(_ dataset: String?, _ directory: String?, _ trained: DatasetConfig?) throws
    -> OwnDataset?
  {
    if let dataset {
      guard KnownDataset(rawValue: dataset) == nil else { return nil }
      return try OwnDataset(at: dataset, as: trained)
    }
    guard var own = trained?.own else { return nil }
    if let directory {
      // Files that had names of their own are looked for under the usual ones.
      own.directory = directory
      (own.trainImages, own.trainLabels, own.testImages, own.testLabels) = (nil, nil, nil, nil)
    }
    return own
  }

  /// Where the images of the training were, if they still are, else where a config would look for the set.
  private static func folder(of set: KnownDataset, _ origin: ModelOrigin?) -> String {
    let usual = "data/\(set.name)"
    guard let origin, origin.dataset == set.name, let known = origin.directory else { return usual }
    return FileSystem.exists(known) ? known : usual
  }
}
