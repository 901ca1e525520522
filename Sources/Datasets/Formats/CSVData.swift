import Files

/// Tables of numbers with a column of labels, which are texts or whole numbers; each row is an image of so many features.
struct CSVData: DataFormat {
  static let name = "csv"
  static let summary = "tables of numbers with a column of labels (.csv, .tsv)"
  static let convention = "tables as train.csv"

  private static let endings = [".csv", ".tsv", ".txt"]

  static func isIn(_ path: String) -> Bool {
    guard FileSystem.leadsToFolder(path) else {
      return (try? FileDescriptor(opening: path, 0, to: "read").readStart(512)).map {
        ContentKind($0) == .text
      } ?? false
    }
    return (try? FileSystem.names(in: path)).map { table("train", $0) != nil } ?? false
  }

  /// The table of a part; for training the only one there is, too.
  private static func table(_ part: String, _ names: [String]) -> String? {
    let tables = names.filter { name in endings.dropLast().contains { name.hasSuffix($0) } }
    return tables.first { name in endings.contains { name == part + $0 } }
      ?? (part == "train" && tables.count == 1 ? tables[0] : nil)
  }

  static func parts(of data: OwnDataset) throws -> DataParts {
    var (train, test) = (data.trainImages, data.testImages)
    if train == nil {
      guard let directory = data.directory else {
        throw DatasetError("dataset.directory: 'csv' is read from files; name their folder, or train_images")
      }
      if FileSystem.leadsToFolder(directory) {
        let names = try FileSystem.names(in: directory)
        train = table("train", names).map { "\(directory)/\($0)" }
        test = test ?? table("test", names).map { "\(directory)/\($0)" }
      } else {
        train = directory
      }
    }
    guard let train else {
      throw DatasetError(
        data.place, "there is no train.csv in it, and no single table",
        remedy: "name the file as dataset.train_images")
    }
    let part = try CSVPart(train, data)
    let other = try test.map { try CSVPart($0, data) }
    if let other, let difference = part.difference(from: other) {
      throw DatasetError(other.path, difference, remedy: "give both tables the same columns")
    }
    return DataParts(train: part, test: other)
  }
}

/// The rows of a table.
struct CSVPart: DataPart {
  let path: String
  let shape: ImageShape
  let labels: ClassLabels
  private let table: CSVNumbers

  init(_ path: String, _ data: OwnDataset) throws {
    self.path = path
    table = try CSVNumbers(FileSystem.read(path), path: path, labels: data.label.map { .named($0) } ?? .usual)
    shape = ImageShape(channels: table.width, height: 1, width: 1)
    labels = ClassLabels(texts: table.labelNames, places: table.labels)
  }

  func values(of images: [Int], as shape: ImageShape, _ reading: DataReading) throws -> PartValues {
    var values: [Float] = []
    values.reserveCapacity(images.count * table.width)
    for image in images { values += table.values[(image * table.width)..<((image + 1) * table.width)] }
    return PartValues(pixels: .floats(values))
  }

  /// In what the columns of another table differ; nil where they do not.
  func difference(from other: CSVPart) -> String? {
    guard table.width == other.table.width else {
      return "it has \(other.table.width) columns of numbers, but \(path) has \(table.width)"
    }
    guard let mine = table.names, let others = other.table.names,
      let place = mine.indices.first(where: { mine[$0] != others[$0] })
    else { return nil }
    return "its column \(place + 1) is \"\(others[place])\", but that of \(path) is \"\(mine[place])\""
  }
}
