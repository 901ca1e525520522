import Foundation

/// A program that Whittle runs.
enum Executable {
  /// Where a program is among the folders of `path`, by default the environment's `PATH`.
  ///
  /// - Parameter package: the Debian package that holds it.
  static func find(_ name: String, package: String, path: String? = nil) throws -> URL {
    let inherited = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
    for folder in (path ?? inherited).split(separator: ":") {
      let program = URL(fileURLWithPath: String(folder)).appendingPathComponent(name)
      if FileManager.default.isExecutableFile(atPath: program.path) { return program }
    }
    throw ReportError(
      .environment,
      "\(name) was not found on PATH; install it (Debian and Ubuntu: sudo apt-get install \(package))")
  }
}
