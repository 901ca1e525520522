/// The folder that the IDX files of a set are read from.
struct IDXFolder {
  let files: IDXFiles
  let directory: String
  let set: KnownDataset

  /// Opens a file of images and the one of their labels.
  ///
  /// - Throws: `DatasetError` if one is missing or malformed, or they do not fit the set or each other.
  func open(_ images: String, _ labels: String) throws -> LabelledIDX {
    let images = try reader(images, dimensions: 3)
    let labels = try reader(labels, dimensions: 1)
    guard images.shape == [images.count, set.shape.height, set.shape.width] else {
      throw DatasetError(
        images.path, "its images have \(images.shape[1])x\(images.shape[2]) pixels, not \(set.shape)",
        remedy: "\(set.name) has images of this one size")
    }
    guard images.count == labels.count else {
      throw DatasetError(
        labels.path, "it holds \(labels.count) labels for the \(images.count) images of \(images.path)",
        remedy: "take both files from the same set")
    }
    return LabelledIDX(images: images, labels: labels, files: files, set: set)
  }

  private func reader(_ name: String, dimensions: Int) throws -> IDXReader {
    let remedy = set.remedy(directory)
    switch DataFile(name, in: directory, subfolders: files.subfolders) {
    case .usable(let path):
      let sizes = files.sizes(set.shape, trainCount: set.trainCount, testCount: set.testCount)
      let size = zip(files.files, sizes).first { $0.0 == name }?.1
      return try IDXReader(path: path, name: name, dimensions: dimensions, published: size, remedy: remedy)
    case .unusable(let path, let problem): throw DatasetError(path, problem, remedy: remedy)
    case .missing:
      throw DatasetError(
        directory, "there is no \(name) or \(name).gz in this folder",
        remedy: "name another folder, or \(remedy)")
    }
  }
}

/// Images and their labels, read side by side from two IDX files.
struct LabelledIDX {
  let images: IDXReader
  let labels: IDXReader
  let files: IDXFiles
  let set: KnownDataset

  var count: Int { images.count }

  /// The next images, upright, and their classes.
  func part(_ name: String, _ count: Int) throws -> ImageSet {
    let labels = try classes(count)
    var images = try self.images.items(count)
    if files.isTransposed { Self.transpose(&images, set.shape) }
    return ImageSet(name: name, images: images, labels: labels, shape: set.shape)
  }

  /// Reads both files to their ends. The rest of the labels is looked at as well: a bad one tells of a damaged file.
  ///
  /// Images that are exactly those of another public set are not this one, whatever the study calls them; a set of
  /// somebody's own may have any name.
  func finish() throws {
    _ = try classes(labels.remaining)
    try images.finish()
    try labels.finish()
    let digest = images.digest
    guard
      let other = DatasetCatalog.published.first(where: { $0.has(images.name, digest) }),
      other.name != set.name
    else { return }
    throw DatasetError(
      images.path, "it holds the images of \(other.name), not of \(set.name)",
      remedy: "name the data set \(other.name), or another folder")
  }

  private func classes(_ count: Int) throws -> [UInt8] {
    let start = labels.count - labels.remaining
    let first = files.firstLabel
    let found = try labels.items(count)
    if let bad = found.firstIndex(where: { $0 < first || Int($0 - first) >= set.classes }) {
      let range = first == 0 ? "" : ", labelled \(first) to \(Int(first) + set.classes - 1)"
      throw DatasetError(
        labels.path, "label \(start + bad) is \(found[bad]), but there are \(set.classes) classes\(range)",
        remedy: labels.isOwn ? "\(set.name) has these classes only" : labels.remedy)
    }
    return first == 0 ? found : found.map { $0 - first }
  }

  private static func transpose(_ images: inout [UInt8], _ shape: ImageShape) {
    let count = images.count
    images = [UInt8](unsafeUninitializedCapacity: count) { upright, initialized in
      for start in stride(from: 0, to: count, by: shape.values) {
        for y in 0..<shape.height {
          for x in 0..<shape.width {
            upright[start + y * shape.width + x] = images[start + x * shape.height + y]
          }
        }
      }
      initialized = count
    }
  }
}
