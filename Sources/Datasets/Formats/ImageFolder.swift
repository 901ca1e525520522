import Files

/// A folder of class folders, each with the PNG and JPEG images of a class; its name is the class's.
///
/// `train/` and `test/` may part the images; else all of them are to train on. Files whose names begin with a dot are left
/// alone, and so are what file managers put there.
struct ImageFolder: DataFormat {
  static let name = "images"
  static let summary = "folders of PNG and JPEG images, one for each class"
  static let convention = "folders of images"

  private static let ignored: Set = ["Thumbs.db", "desktop.ini"]

  static func isIn(_ path: String) -> Bool {
    // Decided by the first class folder with something in it.
    guard let root = try? root("train", in: path), let classes = try? classFolders(in: root) else {
      return false
    }
    for name in classes {
      guard let file = try? files(in: "\(root)/\(name)").first else { continue }
      let start = try? FileDescriptor(opening: "\(root)/\(name)/\(file)", 0, to: "read").readStart(16)
      return start.map { [.png, .jpeg].contains(ContentKind($0)) } ?? false
    }
    return false
  }

  static func parts(of data: OwnDataset) throws -> DataParts {
    guard let folder = data.trainImages ?? data.directory else {
      throw DatasetError("dataset.directory: 'images' is read from a folder of class folders; name it")
    }
    let root = try data.trainImages ?? Self.root("train", in: folder)
    let classes = try classFolders(in: root)
    guard !classes.isEmpty else {
      throw DatasetError(
        root, "there is no folder in it", remedy: "put the images of each class into a folder of its own")
    }
    let own = root == folder ? nil : FileSystem.leadsToFolder("\(folder)/test") ? "\(folder)/test" : nil
    guard let test = data.testImages ?? own else {
      return DataParts(train: try ImagePart(root, classes, data), test: nil, classNames: classes)
    }
    let testClasses = try classFolders(in: test)
    for (missing, from, to) in [
      (classes.first { !testClasses.contains($0) }, root, test),
      (testClasses.first { !classes.contains($0) }, test, root),
    ] {
      guard let missing else { continue }
      throw DatasetError(
        to, "there is no class \"\(missing)\" in it, but in \(from) there is",
        remedy: "training and test need the same classes; make an empty folder where one has no images")
    }
    return DataParts(
      train: try ImagePart(root, classes, data), test: try ImagePart(test, classes, data), classNames: classes
    )
  }

  /// The folder of a part's class folders: one of its name, if that has folders in it, or the whole folder.
  private static func root(_ part: String, in folder: String) throws -> String {
    let own = "\(folder)/\(part)"
    return try FileSystem.leadsToFolder(own) && !classFolders(in: own).isEmpty ? own : folder
  }

  private static func classFolders(in folder: String) throws -> [String] {
    try FileSystem.names(in: folder).filter {
      !$0.hasPrefix(".") && FileSystem.leadsToFolder("\(folder)/\($0)")
    }
  }

  static func files(in folder: String) throws -> [String] {
    try FileSystem.names(in: folder).filter {
      !$0.hasPrefix(".") && !ignored.contains($0) && !FileSystem.leadsToFolder("\(folder)/\($0)")
    }
  }
}

/// The images of a folder of class folders.
struct ImagePart: DataPart {
  let path: String
  let shape: ImageShape
  let labels: ClassLabels
  let scales = true
  private let files: [String]
  /// Whether images of another shape are scaled, and not refused.
  private let isShapeGiven: Bool

  /// The most bytes of an image file.
  private static let largest = 1 << 28

  init(_ folder: String, _ classes: [String], _ data: OwnDataset) throws {
    path = folder
    var (files, places): ([String], [Int]) = ([], [])
    for (place, name) in classes.enumerated() {
      let own = try ImageFolder.files(in: "\(folder)/\(name)").map { "\(folder)/\(name)/\($0)" }
      files += own
      places += [Int](repeating: place, count: own.count)
    }
    guard !files.isEmpty else {
      throw DatasetError(folder, "there is no image in its folders", remedy: "put PNG or JPEG images there")
    }
    self.files = files
    labels = ClassLabels(names: classes, places: places)
    isShapeGiven = data.shape != nil
    shape = try data.shape ?? Self.firstShape(files, skipsUnreadable: data.skipsUnreadable)
  }

  /// The shape of the first image.
  private static func firstShape(_ files: [String], skipsUnreadable: Bool) throws -> ImageShape {
    for path in files {
      do {
        return try ImageFile(read(path), path: path).shape
      } catch let error where skipsUnreadable && path != files.last {
        _ = error
      }
    }
    throw DatasetError("there is no image")
  }

  private static func read(_ path: String) throws -> [UInt8] {
    do {
      return try FileSystem.read(path, limit: largest)
    } catch let error as FileError {
      throw DatasetError("\(error)")
    } catch let error as FileFormatError {
      throw DatasetError("\(error)")
    }
  }

  func values(of images: [Int], as shape: ImageShape, _ reading: DataReading) throws -> PartValues {
    let first = files[0]
    let decoder = ParallelDecoder(count: images.count, shape: shape, reading) { place, pixels in
      let path = files[images[place]]
      let image = try ImageFile(Self.read(path), path: path)
      guard isShapeGiven || image.shape == self.shape else {
        throw DatasetError(
          path, "it has \(image.shape) values, but \(first) has \(self.shape)",
          remedy: "give the dataset.shape that all are to be scaled to")
      }
      try image.decode(as: shape, into: pixels)
    }
    let (bytes, failures) = try decoder.run()
    return PartValues(pixels: .bytes(bytes), unreadable: failures.map { (images[$0.place], $0.reason) })
  }
}
