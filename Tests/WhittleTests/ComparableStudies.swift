import Files
import TestSupport
import Testing

extension TemporaryFolder {
  /// Writes a config that trains in a blink, and returns its path.
  func config(epochs: Int = 3, layers: String = "[784, 32, 10]", sparsities: String = "[0, 0.5]") throws
    -> String
  {
    let text = """
      {"name": "tiny", "dataset": {"name": "synthetic-digits", "train": 500, "test": 200},
       "model": {"layers": \(layers)}, "training": {"epochs": \(epochs), "batch_size": 64},
       "pruning": {"strategies": ["weight", "neuron"], "sparsities": \(sparsities)},
       "metrics": {"histogram_interval": 2}, "execution": {"device": "cpu"}, "output": "out"}
      """
    try AtomicFile.write(text, to: self("tiny.json"))
    return "tiny.json"
  }

  /// Every file below a folder with its content, as two equal studies must have them: without measured times, and
  /// without what the config says of folder and concurrency.
  func comparable(_ name: String) throws -> [String: [UInt8]] {
    var files: [String: [UInt8]] = [:]
    func visit(_ folder: String, _ prefix: String) throws {
      for name in try FileSystem.names(in: folder) where name != ".lock" {
        let path = folder + "/" + name
        if FileSystem.isFolder(path) {
          try visit(path, prefix + name + "/")
        } else {
          files[prefix + name] = Self.withoutTimes(try FileSystem.read(path), file: name)
        }
      }
    }
    try visit(self(name), "")
    return files
  }

  private static func withoutTimes(_ bytes: [UInt8], file: String) -> [UInt8] {
    if file.hasPrefix("events.out") { return EventFile(bytes).withoutWallTimes }
    let text = String(decoding: bytes, as: UTF8.self)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    switch file {
    case "metrics.csv", "result.csv", "summary.csv", "measurements.csv":
      let measured = lines[0].split(separator: ",").enumerated().filter {
        $0.element.hasSuffix("seconds")
          || ["images_per_second", "train_speedup", "inference_speedup"].contains($0.element)
      }.map(\.offset)
      let kept = lines.map { line in
        // No text with a comma stands before the measured columns.
        line.split(separator: ",", omittingEmptySubsequences: false).enumerated().filter {
          !measured.contains($0.offset)
        }.map(\.element).joined(separator: ",")
      }
      return Array(kept.joined(separator: "\n").utf8)
    case "summary.json", "config.json":
      let kept = lines.filter { line in
        !["seconds\":", "\"output\":", "\"concurrent_models\":"].contains { line.contains($0) }
      }
      return Array(kept.joined(separator: "\n").utf8)
    default: return bytes
    }
  }
}

/// Reports the files in which two studies differ, by name.
func expectEqual(
  _ a: [String: [UInt8]], _ b: [String: [UInt8]], sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(a.keys.sorted() == b.keys.sorted(), sourceLocation: sourceLocation)
  let different = a.keys.filter { b[$0] != nil && b[$0] != a[$0] }.sorted()
  #expect(different == [], sourceLocation: sourceLocation)
}
