import Experiments
import Foundation
import TestSupport
import Testing

/// The built command, run as people run it.
struct Tool {
  /// The binary lies beside the tests' own.
  static let path = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    .appendingPathComponent("whittle").path

  /// What a process left: exit code and texts.
  struct Outcome {
    let exitCode: Int32
    let wasKilled: Bool
    let output: String
    let errors: String

    /// The lines of the error stream.
    var errorLines: [Substring] { errors.split(separator: "\n") }
  }

  /// Runs the tool to its end.
  ///
  /// - Parameters:
  ///   - executable: another program to run in its place.
  ///   - outputTo: a file that takes the output instead of the outcome.
  ///   - onLine: called with each line of output as it comes, and the process's id.
  static func run(
    _ arguments: [String], in folder: String, environment: [String: String] = [:], outputTo: String? = nil,
    executable: String = Tool.path, onLine: (String, Int32) -> Void = { _, _ in }
  ) throws -> Outcome {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: executable)
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
    process.standardInput = FileHandle.nullDevice
    let pipe = Pipe()
    process.standardOutput =
      try outputTo.map { try #require(FileHandle(forWritingAtPath: $0)) as Any } ?? pipe
    // A file for errors: two pipes would need two readers.
    let errorPath = "\(folder)/.errors-\(UInt64.random(in: .min ... .max))"
    try AtomicFile.write([], to: errorPath)
    let errors = try #require(FileHandle(forWritingAtPath: errorPath))
    process.standardError = errors
    try process.run()
    if outputTo != nil { try pipe.fileHandleForWriting.close() }
    var output = Data()
    var line = Data()
    while true {
      let chunk = pipe.fileHandleForReading.availableData
      if chunk.isEmpty { break }
      output += chunk
      for byte in chunk {
        if byte == UInt8(ascii: "\n") {
          onLine(String(decoding: line, as: UTF8.self), process.processIdentifier)
          line.removeAll()
        } else {
          line.append(byte)
        }
      }
    }
    process.waitUntilExit()
    let errorText = String(decoding: try FileSystem.read(errorPath), as: UTF8.self)
    try FileSystem.remove(errorPath)
    return Outcome(
      exitCode: process.terminationStatus, wasKilled: process.terminationReason == .uncaughtSignal,
      output: String(decoding: output, as: UTF8.self), errors: errorText)
  }
}

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
    case "metrics.csv", "summary.csv", "measurements.csv":
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
