import Foundation

/// The built command, or another program, run as people run it.
package enum Tool {
  /// The binary lies beside the tests' own.
  package static let path = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    .appendingPathComponent("whittle").path

  /// The path of the first of `names` on `PATH`.
  package static func onPath(_ names: String...) -> String? {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    return names.lazy.flatMap { name in path.split(separator: ":").map { "\($0)/\(name)" } }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  /// What a process left: exit code and texts.
  package struct Outcome {
    package let exitCode: Int32
    package let wasKilled: Bool
    package let output: String
    package let errors: String

    /// The lines of the error stream.
    package var errorLines: [Substring] { errors.split(separator: "\n") }
  }

  /// Runs the tool to its end.
  ///
  /// - Parameters:
  ///   - folder: where it runs.
  ///   - environment: what is added to this process's own.
  ///   - without: variables that are taken from it.
  ///   - outputTo: a file that takes the output instead of the outcome.
  ///   - executable: another program to run in its place.
  ///   - onLine: called with each line of output as it comes, and the process's id.
  package static func run(
    _ arguments: [String], in folder: String, environment: [String: String] = [:],
    without: Set<String> = [], outputTo: String? = nil,
    executable: String = Tool.path, onLine: (String, Int32) -> Void = { _, _ in }
  ) throws -> Outcome {
    guard FileManager.default.isExecutableFile(atPath: executable) else {
      throw ProgramMissing(path: executable)
    }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: executable)
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    process.environment = ProcessInfo.processInfo.environment.filter { !without.contains($0.key) }
      .merging(environment) { _, new in new }
    process.standardInput = FileHandle.nullDevice
    let pipe = Pipe()
    process.standardOutput =
      try outputTo.map { try FileHandle(forWritingTo: URL(fileURLWithPath: $0)) as Any } ?? pipe
    // A file for errors: two pipes would need two readers.
    let scratch = try TemporaryFolder()
    try scratch.write("", "errors")
    process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: scratch("errors")))
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
    return Outcome(
      exitCode: process.terminationStatus, wasKilled: process.terminationReason == .uncaughtSignal,
      output: String(decoding: output, as: UTF8.self),
      errors: String(decoding: try scratch.read("errors"), as: UTF8.self))
  }
}

/// A program that a test runs is not there.
private struct ProgramMissing: Error, CustomStringConvertible {
  let path: String
  var description: String { "there is no program \(path); whittle is built by 'swift build --build-tests'" }
}
