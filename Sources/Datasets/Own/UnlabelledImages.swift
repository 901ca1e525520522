import Files
import Text

/// Images without labels, in a file of any format that needs none: one PNG or JPEG image, a NumPy array or archive, or a table.
package struct UnlabelledImages {
  package let pixels: PixelValues
  /// Whether the file is a picture, whose bytes are brightness, and not numbers of any meaning.
  package let isPicture: Bool

  /// Reads a file's content.
  ///
  /// - Parameters:
  ///   - path: what messages call it.
  ///   - shape: the shape that a model takes: pictures are scaled to it, of others each row has as many values.
  ///   - label: a column of a table that is no feature.
  /// - Throws: `DatasetError`, `FileFormatError`.
  package init(_ bytes: [UInt8], path: String, shape: ImageShape, ignoring label: String?) throws {
    let kind = ContentKind(bytes)
    isPicture = kind == .png || kind == .jpeg
    switch kind {
    case .png, .jpeg:
      guard !shape.isFlat else {
        throw DatasetError(
          path,
          "it is \(kind.description ?? "a picture"), but the model takes rows of \(shape.values) features",
          remedy: "give it a table or an array")
      }
      let image = try ImageFile(bytes, path: path)
      pixels = .bytes(
        try [UInt8](unsafeUninitializedCapacity: shape.values) { buffer, count in
          try image.decode(as: shape, into: .init(rebasing: buffer[..<shape.values]))
          count = shape.values
        })
    case .numpy: pixels = try Self.values(NumpyArray(bytes, path: path), shape)
    case .zip:
      let archive = try ZipArchive(bytes, path: path)
      let names = NumpyData.imageNames.map { $0 + ".npy" }
      guard let entry = names.lazy.compactMap({ name in archive.entries.first { $0.name == name } }).first
      else {
        throw DatasetError(
          path, "there is no array of images in it: \(ClassLabels.list(archive.entries.map(\.name)))",
          remedy: "name the array images")
      }
      pixels = try Self.values(NumpyArray(archive.content(entry), path: "\(path)/\(entry.name)"), shape)
    case .text:
      let table = try CSVNumbers(bytes, path: path, labels: .absent(unlessNamed: label))
      guard table.width == shape.values else {
        throw DatasetError(
          path, "it has \(table.width) columns of numbers, but the model takes \(shape.values) values",
          remedy: "give a column for each, and none for labels but one called \(label ?? "label")")
      }
      pixels = .floats(table.values)
    case .gzip, .pickle, .other:
      throw DatasetError(
        path, kind.description.map { "it is \($0)" } ?? "it is of no format that is read",
        remedy: "give a PNG or JPEG image, a NumPy array or a table of numbers")
    }
  }

  /// The images of an array, or the one that it is.
  private static func values(_ array: NumpyArray, _ shape: ImageShape) throws -> PixelValues {
    let isOne = array.count == shape.values && array.shape.first != 1
    guard !array.shape.contains(0), isOne || array.shape.dropFirst().reduce(1, *) == shape.values else {
      throw DatasetError(
        array.path,
        "its shape is [\(Excerpt.of(array.shape.map(String.init).joined(separator: ", ")))], but the model takes images of \(shape) = \(shape.values) values",
        remedy: "give one image, or [n, ...] of them")
    }
    guard [.uint8, .float32, .float64].contains(array.element) else {
      throw DatasetError(
        array.path, "its values are \(array.element.name)",
        remedy: "save it with .astype('uint8') or .astype('float32')")
    }
    return try NumpyPart.values(
      isOne ? array.flattened : array, ofRows: Array(0..<(isOne ? 1 : array.shape[0])))
  }
}
