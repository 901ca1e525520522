import Datasets
import Files
import TestSupport

/// Data of somebody's own in a temporary folder, and what is read of it.
struct OwnDataFixture {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A class folder's image, grey or of three channels.
  func image(_ name: String, _ pixels: [UInt8], width: Int = 2, height: Int = 2) throws {
    try folder.write(PNGFixture.png(pixels, width: width, height: height), name)
  }

  /// A NumPy array.
  func array(_ name: String, _ type: String, _ shape: [Int], _ bytes: [UInt8]) throws {
    try folder.write(NumpyFile.header(type, shape: shape) + bytes, name)
  }

  /// The data that is found in the folder.
  func data(_ name: String = "", change: (inout OwnDataset) -> Void = { _ in }) throws -> OwnDataset {
    var data = try OwnDataset(at: name.isEmpty ? folder.path : folder(name))
    change(&data)
    return data
  }

  /// The images as a study reads them.
  func load(_ name: String = "", change: (inout OwnDataset) -> Void = { _ in }) throws -> Dataset {
    try data(name, change: change).described().load(DatasetRequest(name: "own"))
  }

  /// What is wrong with the data, the folder's name left out.
  func problem(_ name: String = "", change: (inout OwnDataset) -> Void = { _ in }) -> String {
    do {
      _ = try load(name, change: change)
      return "nothing"
    } catch {
      return "\(error)".replacing(folder.path, with: "DIR")
    }
  }
}

/// Values of a type as they lie in memory.
func bytes<Value>(_ values: [Value]) -> [UInt8] { values.withUnsafeBytes { Array($0) } }
