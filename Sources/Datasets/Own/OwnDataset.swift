import Files
import Text

/// Data of somebody's own: the files of a format, and how they are to be read.
package struct OwnDataset: Sendable, Equatable {
  /// The name of the format.
  package var format: String
  /// The folder in which the files are found by their usual names, or the one file of all; nil where each is named.
  package var directory: String?
  /// The files, or folders, where they have other names.
  package var trainImages: String?
  package var trainLabels: String?
  package var testImages: String?
  package var testLabels: String?
  /// The share of the images that is held out to test on, where there are none for it.
  package var testFraction: Double?
  /// What the order of the images, and the share that is held out, are drawn from.
  package var splitSeed: UInt64 = 1
  /// The shape of an image, where it is not to be what the files say.
  package var shape: ImageShape?
  /// The classes in the order of their numbers; nil where the files tell them.
  package var classes: [String]?
  /// The column of a table that holds the labels.
  package var label: String?
  /// Whether images that cannot be read are left out.
  package var skipsUnreadable = false

  package init(format: String, directory: String? = nil) {
    (self.format, self.directory) = (format, directory)
  }

  /// The data in a folder or file, whose format shows.
  ///
  /// - Throws: `DatasetError` where it shows none.
  package init(at path: String) throws {
    guard FileSystem.exists(path) else {
      throw DatasetError(path, "there is nothing at this path", remedy: "check the path")
    }
    let start = try? FileDescriptor(opening: path, 0, to: "read").readStart(16)
    if let start, ContentKind(start) == .pickle {
      throw DatasetError(
        path, "it is \(ContentKind.pickle.description ?? "")",
        remedy: "save arrays with numpy.save or numpy.savez")
    }
    guard let format = DataFormats.all.first(where: { $0.isIn(path) }) else {
      throw DatasetError(
        path,
        "no data is found in it: neither "
          + DataFormats.all.map { "\($0.convention) (\($0.name))" }.joined(separator: ", nor "),
        remedy: "name the files in a config's dataset, or put them under such names")
    }
    self.init(format: format.name, directory: path)
  }

  /// What messages call the data.
  var place: String { directory ?? trainImages ?? format }

  /// Finds the files.
  func parts() throws -> DataParts {
    guard let format = DataFormats.named(format) else {
      throw DatasetError("dataset.name: there is no format '\(format)'")
    }
    let parts: DataParts
    do {
      parts = try format.parts(of: self)
    } catch let error as FileFormatError {
      throw DatasetError(error.path, error.problem, remedy: "check how it was made")
    } catch let error as FileError {
      throw DatasetError("\(error)")
    }
    if parts.test != nil, testFraction != nil {
      throw DatasetError(
        place, "there is data to test on, and dataset.test_fraction holds out more",
        remedy: "leave out one of them")
    }
    return parts
  }

  /// The names of the classes: those given, those that the files list, or the labels of the training images.
  func classNames(_ parts: DataParts) throws -> [String] {
    let names = classes ?? parts.classNames ?? parts.train.labels.names
    guard names.count >= 2 else {
      throw DatasetError(
        parts.train.path,
        "all of its images are of one class, \(names.first.map { "\"\(Excerpt.of($0))\"" } ?? "none")",
        remedy: "there have to be at least two")
    }
    guard names.count <= ClassLabels.most else {
      throw DatasetError(
        parts.train.path,
        "it has \(names.count) different labels, more than the \(ClassLabels.most) classes that are told apart",
        remedy: "name the labels of classes")
    }
    return names
  }

  /// The shape that images are given in.
  func shape(_ parts: DataParts) throws -> ImageShape {
    let found = parts.train.shape
    let shape = shape ?? found
    if !parts.train.scales, shape.values != found.values {
      throw DatasetError(
        parts.train.path, "its images have \(found) = \(found.values) values, not \(shape) = \(shape.values)",
        remedy: "give a dataset.shape of as many values")
    }
    if let test = parts.test, !test.scales, test.shape != found {
      throw DatasetError(
        test.path, "its images have \(test.shape) values, but those to train on have \(found)",
        remedy: "take both from the same set")
    }
    return shape
  }

  /// What a study needs to know of the data before it is read; its files are looked at, but no images are decoded.
  ///
  /// - Throws: `DatasetError`.
  package func described() throws -> KnownDataset {
    // What a config says in full, as one that was run does, is not looked up: the files may be gone.
    if let shape, let classes { return dataset(shape, classes, train: 0, test: 0) }
    let parts = try parts()
    let split = try split(parts, needsTest: false)
    return try dataset(shape(parts), classNames(parts), train: split.train.count, test: split.test.count)
  }

  private func dataset(_ shape: ImageShape, _ classes: [String], train: Int, test: Int) -> KnownDataset {
    KnownDataset(
      name: format, summary: DataFormats.named(format)?.summary ?? "", shape: shape, classes: classes.count,
      classNames: classes, trainCount: train, testCount: test, form: OwnForm(data: self))
  }
}

/// The form of data of one's own.
struct OwnForm: DatasetForm {
  let data: OwnDataset

  var files: [String] { [] }

  func load(_ request: DatasetRequest, of set: KnownDataset) throws -> Dataset {
    try data.load(request)
  }
}
