import Foundation

/// Runs the Python that the integration tests use: `python3`, or what `WHITTLE_PYTHON` names.
package enum Python {
  /// Whether it has these packages.
  static func has(_ packages: [String]) -> Bool {
    (try? run("-c", "import \(packages.joined(separator: ", "))"))?.exitCode == 0
  }

  /// Runs it to its end.
  package static func run(_ arguments: String...) throws -> Tool.Outcome {
    let program = ProcessInfo.processInfo.environment["WHITTLE_PYTHON"] ?? "python3"
    return try Tool.run([program] + arguments, in: "/tmp", executable: "/usr/bin/env")
  }
}
