import Files

extension OwnDataset {
  /// Writes the data as NumPy arrays: `train_images.npy` and `train_labels.npy`, the same of `test` where there is a test set or
  /// a share is held out for one, and the names of the classes in `classes.txt`. Images keep the order of their files.
  ///
  /// - Returns: the files, and what people should know.
  /// - Throws: `DatasetError`, `FileError`.
  package func convert(
    to folder: String, progress: @escaping @Sendable (Int, Int) -> Void = { _, _ in }
  ) throws -> (files: [String], warnings: [String]) {
    let parts = try parts()
    let classes = try classNames(parts)
    let shape = try shape(parts)
    let split = try split(parts, needsTest: false)
    let reading = DataReading(skipsUnreadable: skipsUnreadable, progress: progress)
    if let name = classes.first(where: { $0.isEmpty || $0.contains("\n") }) {
      throw DatasetError(
        place, "the class \"\(name)\" has a name that is no line of text", remedy: "rename it")
    }
    try FileSystem.createFolder(folder)
    var (files, warnings): ([String], [String]) = ([], [])
    let trainLabels = try labels(parts.train, classes)
    let test = try parts.test.map { try labels($0, classes, of: parts.train) } ?? trainLabels
    for (name, part, labels, images) in [
      ("train", parts.train, trainLabels, split.train.sorted()),
      ("test", parts.test ?? parts.train, test, split.test.sorted()),
    ] where !images.isEmpty {
      let read = try part.values(of: images, as: shape, reading)
      warnings += Self.warnings(read, name)
      let lost = Set(read.unreadable.map(\.image))
      let kept = images.filter { !lost.contains($0) }
      files += try Self.write(read.pixels, kept.map { labels[$0] }, shape, to: "\(folder)/\(name)")
    }
    // Numbers from 0 on need no names.
    let list = "\(folder)/\(ClassList.name)"
    if classes != classes.indices.map(String.init) {
      try AtomicFile.write(classes.map { $0 + "\n" }.joined(), to: list)
      files.append(list)
    } else {
      // That of other data would name these.
      try FileSystem.removeFile(list)
    }
    return (files, warnings)
  }

  private static func write(
    _ pixels: PixelValues, _ labels: [UInt8], _ shape: ImageShape, to start: String
  ) throws -> [String] {
    var extents = [labels.count, shape.height, shape.width]
    if shape.channels > 1 { extents.insert(shape.channels, at: 1) }
    if shape.isFlat { extents = [labels.count, shape.channels] }
    let images = try AtomicFile("\(start)_images.npy")
    if case .bytes = pixels {
      try images.write(NumpyFile.header("|u1", shape: extents))
    } else {
      try images.write(NumpyFile.header("<f4", shape: extents))
    }
    try pixels.withUnsafeBytes { try images.write($0) }
    try images.commit()
    let file = try AtomicFile("\(start)_labels.npy")
    try file.write(NumpyFile.header("|u1", shape: [labels.count]))
    try file.write(labels)
    try file.commit()
    return ["\(start)_images.npy", "\(start)_labels.npy"]
  }
}
