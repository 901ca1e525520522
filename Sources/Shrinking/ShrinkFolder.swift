import Files
import StudyFiles
import Text

/// The folder of a search: what was asked for, what was tried, and the networks.
package struct ShrinkFolder: Sendable {
  package let path: String

  package init(_ path: String) { self.path = path }

  /// What was asked for: a search goes on only with the same.
  var search: String { path + "/search.json" }
  /// A line for each network that was tried.
  package var candidates: String { path + "/candidates.csv" }
  /// A network that was tried.
  func model(_ name: String) -> String { "\(path)/models/\(name).safetensors" }
  /// The smallest network within the drop.
  package var best: String { path + "/best.safetensors" }
  /// The same for other programs.
  package var bestONNX: String { path + "/best.onnx" }
  /// What it is on images that no choice has seen.
  package var result: String { path + "/result.json" }
  /// The page.
  package var report: String { path + "/report.html" }
  /// The pictures.
  package var plots: String { path + "/plots" }

  /// Takes what was asked for down, or holds it against what the folder was begun with.
  ///
  /// - Throws: `FileFormatError` where that was something else; `FileError`.
  func begin(_ asked: JSONValue) throws {
    try FileSystem.createFolder(path + "/models")
    guard FileSystem.exists(search) else { return try AtomicFile.write(asked.pretty, to: search) }
    guard try JSONValue.read(search) == asked else {
      throw FileFormatError(
        path,
        "holds a search that was asked for something else (\(FileSystem.name(of: search))); choose another --output"
      )
    }
  }
}
