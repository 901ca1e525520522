import Foundation

/// Runs the Python that the integration tests use: `python3`, or what `WHITTLE_PYTHON` names.
enum Python {
  /// Whether it has these packages.
  static func has(_ packages: String...) -> Bool {
    (try? run("-c", "import \(packages.joined(separator: ", "))"))?.status == 0
  }

  /// Runs it to its end, and returns what it printed.
  static func run(_ arguments: String...) throws -> (status: Int32, output: Data) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [ProcessInfo.processInfo.environment["WHITTLE_PYTHON"] ?? "python3"] + arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, output)
  }
}
