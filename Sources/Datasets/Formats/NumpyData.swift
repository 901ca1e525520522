import Files
import Text

/// Arrays of NumPy's: images `[n, features]`, `[n, height, width]` or `[n, channels, height, width]` of uint8 or floats, and
/// labels `[n]` of any type of whole numbers, in `.npy` files or in one or two `.npz` archives.
struct NumpyData: DataFormat {
  static let name = "numpy"
  static let summary = "NumPy arrays of images and labels (.npy, .npz)"
  static let convention = "arrays as train_images.npy and train_labels.npy, or an .npz"

  private static let generalImages = ["images", "x", "X", "data", "features"]
  private static let generalLabels = ["labels", "label", "y", "target", "targets"]

  /// Names that arrays have, in the order in which they are looked for.
  private static func images(_ part: String) -> [String] {
    ["\(part)_images", "x_\(part)", "X_\(part)", "\(part)_x", "\(part)_X", "\(part)_data"]
  }

  private static func labels(_ part: String) -> [String] {
    ["\(part)_labels", "y_\(part)", "Y_\(part)", "\(part)_y", "\(part)_Y", "\(part)_targets"]
  }

  /// Names that arrays of images have, whatever they are for.
  static let imageNames = generalImages + images("test") + images("train")

  static func isIn(_ path: String) -> Bool {
    guard FileSystem.leadsToFolder(path) else {
      return (try? FileDescriptor(opening: path, 0, to: "read").readStart(16)).map {
        [.zip, .numpy].contains(ContentKind($0))
      } ?? false
    }
    let names = (try? FileSystem.names(in: path)) ?? []
    let arrays = (images("train") + generalImages).map { $0 + ".npy" }
    return names.contains { arrays.contains($0) || $0.hasSuffix(".npz") }
  }

  static func parts(of data: OwnDataset) throws -> DataParts {
    var train = try Source(data.trainImages, data.trainLabels)
    var test = try Source(data.testImages, data.testLabels)
    if data.trainImages == nil {
      guard let directory = data.directory else {
        throw DatasetError(
          "dataset.directory: 'numpy' is read from files; name their folder, or train_images and train_labels"
        )
      }
      let whole = try Source(of: directory, "train")
      train = whole
      if data.testImages == nil, let own = try whole.isArchiveOfAll ? whole : Source(test: directory) {
        test = own
      }
    }
    guard let part = try train.part(images("train") + generalImages, labels("train") + generalLabels, data)
    else {
      throw DatasetError(
        data.place, "there is no array of images in it; its arrays are \(train.names)",
        remedy: "name the arrays train_images and train_labels, or give their files in the config")
    }
    // An archive of all has the general names for the images to train on.
    let isShared = test.isArchiveOfAll
    let tests = try test.part(
      images("test") + (isShared ? [] : generalImages), labels("test") + (isShared ? [] : generalLabels), data
    )
    return DataParts(train: part, test: tests, classNames: try ClassList.read(in: data.directory))
  }

  /// Where the arrays of a part are.
  private struct Source {
    /// Arrays by their names; in files of their own they have none that counts.
    private var archive: ZipArchive?
    private var folder: String?
    private var imagesPath: String?
    private var labelsPath: String?
    /// Whether an archive may hold the images to test on, too.
    private(set) var isArchiveOfAll = false

    /// Arrays in files that are named; an archive has both.
    init(_ images: String?, _ labels: String?) throws {
      guard let images else { return }
      imagesPath = images
      labelsPath = labels
      if labels == nil { archive = try Self.archive(images) }
    }

    /// What a folder, or a file, has to train on.
    init(of directory: String, _ part: String) throws {
      guard FileSystem.leadsToFolder(directory) else {
        archive = try Self.archive(directory)
        isArchiveOfAll = true
        return
      }
      let names = try FileSystem.names(in: directory)
      if let path = Self.first(NumpyData.images(part) + NumpyData.generalImages, names) {
        folder = directory
        imagesPath = path
      } else if names.contains("\(part).npz") {
        archive = try Self.archive("\(directory)/\(part).npz")
      } else {
        let archives = names.filter { $0.hasSuffix(".npz") }
        guard archives.count == 1 else {
          throw DatasetError(
            directory,
            archives.isEmpty
              ? "there is no train_images.npy in it, and no .npz"
              : "there are several archives in it: \(archives.joined(separator: ", "))",
            remedy: "name the files in the config, as dataset.train_images and dataset.train_labels")
        }
        archive = try Self.archive("\(directory)/\(archives[0])")
        isArchiveOfAll = true
      }
    }

    /// What a folder has to test on; nil where there is nothing.
    init?(test directory: String) throws {
      let names = try FileSystem.names(in: directory)
      if Self.first(NumpyData.images("test"), names) != nil {
        folder = directory
      } else if names.contains("test.npz") {
        archive = try Self.archive("\(directory)/test.npz")
      } else {
        return nil
      }
    }

    /// The arrays that there are, for messages.
    var names: String {
      archive.map { ClassLabels.list($0.entries.map(\.name)) } ?? "none"
    }

    private static func first(_ candidates: [String], _ names: [String]) -> String? {
      candidates.first { names.contains($0 + ".npy") }
    }

    private static func archive(_ path: String) throws -> ZipArchive {
      let bytes = try FileSystem.read(path)
      let kind = ContentKind(bytes)
      guard kind == .zip else {
        throw DatasetError(
          path,
          kind == .numpy
            ? "it is a single array, and labels are needed, too"
            : "it is \(kind.description ?? "no NumPy archive")",
          remedy: "give images and labels as an .npz, or dataset.train_images and dataset.train_labels")
      }
      let archive = try ZipArchive(bytes, path: path)
      guard !archive.entries.contains(where: { $0.name.hasSuffix(".pkl") }) else {
        throw DatasetError(
          path, "it is a PyTorch file, a pickle, which can run any program and is never loaded",
          remedy: "save arrays with numpy.savez")
      }
      return archive
    }

    /// The images and labels under the first of these names; nil where there are no images.
    func part(_ imageNames: [String], _ labelNames: [String], _ data: OwnDataset) throws -> NumpyPart? {
      if let archive {
        func array(_ names: [String]) throws -> NumpyArray? {
          guard
            let entry = names.lazy.compactMap({ name in archive.entries.first { $0.name == name + ".npy" } })
              .first
          else { return nil }
          return try NumpyArray(archive.content(entry), path: "\(archive.path)/\(Excerpt.of(entry.name))")
        }
        guard let images = try array(imageNames) else { return nil }
        return try NumpyPart(images, array(labelNames), labelNames: labelNames, data)
      }
      if let folder {
        let names = try FileSystem.names(in: folder)
        func array(_ candidates: [String]) throws -> NumpyArray? {
          guard let name = Self.first(candidates, names) else { return nil }
          return try NumpyPart.read("\(folder)/\(name).npy")
        }
        guard let images = try array(imageNames) else { return nil }
        return try NumpyPart(images, array(labelNames), labelNames: labelNames, data)
      }
      guard let imagesPath else { return nil }
      return try NumpyPart(
        NumpyPart.read(imagesPath), labelsPath.map { try NumpyPart.read($0) }, labelNames: labelNames, data)
    }
  }
}
