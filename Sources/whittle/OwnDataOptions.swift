import ArgumentParser
import Datasets

/// How commands that look at data of one's own are told what its files do not say; each option is a key of a config's dataset.
struct OwnDataOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Their format: \(DataFormats.all.map { $0.name }.joined(separator: ", ")). (default: what is found)",
      valueName: "name"))
  var format: String?

  @Option(
    help: ArgumentHelp(
      "The shape of an image, as in 3x32x32, 28x28 or 64; images in files of their own are scaled to it.",
      valueName: "shape"))
  var shape: String?

  @Option(
    help: ArgumentHelp(
      "The column of a table that holds the labels, its name or number.", valueName: "column"))
  var label: String?

  @Flag(help: "Leave out images that cannot be read, and say how many.")
  var skipUnreadable = false

  func validate() throws {
    if let format, DataFormats.named(format) == nil {
      throw ValidationError(
        "--format \(format): there is no such format; there are \(DataFormats.all.map { $0.name }.joined(separator: ", "))"
      )
    }
    _ = try imageShape()
  }

  /// The data at a path.
  ///
  /// - Throws: `DatasetError` where no format is found.
  func data(at path: String) throws -> OwnDataset {
    var data = try format.map { OwnDataset(format: $0, directory: path) } ?? OwnDataset(at: path)
    data.shape = try imageShape()
    data.label = label
    data.skipsUnreadable = skipUnreadable
    return data
  }

  private func imageShape() throws -> ImageShape? {
    guard let shape else { return nil }
    let extents = shape.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
    switch extents.count {
    case _ where extents.contains { !(1...65_536).contains($0) }: break
    case 1: return ImageShape(channels: extents[0], height: 1, width: 1)
    case 2: return ImageShape(height: extents[0], width: extents[1])
    case 3: return ImageShape(channels: extents[0], height: extents[1], width: extents[2])
    default: break
    }
    throw ValidationError("--shape \(shape): give channels, height and width, as in 3x32x32, 28x28 or 64")
  }
}
