import Foundation

/// Runs gnuplot (http://www.gnuplot.info) on scripts.
package enum Gnuplot {
  /// Runs the scripts named `names` (without `.gp`) that lie in `folder`, in a few processes side by side.
  ///
  /// Throws `ReportError` where gnuplot is not installed or a script fails.
  static func run(_ names: [String], in folder: URL) throws {
    guard !names.isEmpty else { return }
    let program = try executable()
    let lanes = min(names.count, max(1, ProcessInfo.processInfo.activeProcessorCount), 4)
    var processes: [(process: Process, log: URL)] = []
    defer {
      for (process, log) in processes {
        if process.isRunning { process.terminate() }
        try? FileManager.default.removeItem(at: log)
      }
    }
    for lane in 0..<lanes {
      let log = folder.appendingPathComponent(".gnuplot-\(lane).log")
      try Data().write(to: log)
      let process = Process()
      process.executableURL = program
      process.arguments = stride(from: lane, to: names.count, by: lanes).map { names[$0] + ".gp" }
      process.currentDirectoryURL = folder
      process.standardInput = FileHandle.nullDevice
      process.standardOutput = FileHandle.nullDevice
      // A file, not a pipe: nobody has to read it while gnuplot runs.
      process.standardError = try FileHandle(forWritingTo: log)
      do {
        try process.run()
      } catch {
        throw ReportError(.environment, "\(program.path) cannot be run: \(error.localizedDescription)")
      }
      processes.append((process, log))
    }
    for (process, log) in processes {
      process.waitUntilExit()
      guard process.terminationStatus == 0 else {
        let text = (try? String(contentsOf: log, encoding: .utf8)) ?? ""
        let words = text.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
        let cause = words.filter { !$0.isEmpty && $0 != "^" }.suffix(2).joined(separator: " ")
        throw ReportError(
          .environment, "gnuplot failed with status \(process.terminationStatus): \(cause)")
      }
    }
  }

  /// Where gnuplot is among the folders of `path`, by default the environment's `PATH`.
  package static func executable(path: String? = nil) throws -> URL {
    let inherited = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
    for folder in (path ?? inherited).split(separator: ":") {
      let program = URL(fileURLWithPath: String(folder)).appendingPathComponent("gnuplot")
      if FileManager.default.isExecutableFile(atPath: program.path) { return program }
    }
    throw ReportError(
      .environment,
      "gnuplot was not found on PATH; install it (Debian and Ubuntu: sudo apt-get install gnuplot-nox)")
  }
}
