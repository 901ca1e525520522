import Files
import Foundation

/// Runs gnuplot (http://www.gnuplot.info) on scripts.
package enum Gnuplot {
  /// Runs the scripts named `names` (without `.gp`) that lie in `folder`, in a few processes side by side.
  ///
  /// Throws `ReportError` where gnuplot is not installed or a script fails.
  static func run(_ names: [String], in folder: String) throws {
    guard !names.isEmpty else { return }
    let program = try executable()
    let lanes = min(names.count, max(1, ProcessInfo.processInfo.activeProcessorCount), 4)
    var lanesRunning: [Lane] = []
    defer { lanesRunning.forEach { $0.end() } }
    for lane in 0..<lanes {
      let scripts = stride(from: lane, to: names.count, by: lanes).map { names[$0] + ".gp" }
      lanesRunning.append(try Lane(program, scripts, in: folder, log: "\(folder)/.gnuplot-\(lane).log"))
    }
    for lane in lanesRunning {
      lane.process.waitUntilExit()
      guard lane.process.terminationStatus == 0 else {
        let words = ((try? FileSystem.readText(lane.log)) ?? "").split(whereSeparator: \.isNewline)
          .map { $0.trimmingCharacters(in: .whitespaces) }
        let cause = words.filter { !$0.isEmpty && $0 != "^" }.suffix(2).joined(separator: " ")
        throw ReportError(
          .environment, "gnuplot failed with status \(lane.process.terminationStatus): \(cause)")
      }
    }
  }

  /// A process that works through some of the scripts.
  private struct Lane {
    let process = Process()
    let log: String
    /// Its number among the process's temporaries: it must not go on writing when a signal ends this program.
    private let number: Int

    init(_ program: URL, _ scripts: [String], in folder: String, log: String) throws {
      self.log = log
      try FileSystem.writeInPlace("", to: log)
      guard let errors = FileHandle(forWritingAtPath: log) else { throw FileError("write", log) }
      process.executableURL = program
      // Without a person's own settings, which may change how data are read.
      process.arguments = ["-d"] + scripts
      process.currentDirectoryURL = URL(fileURLWithPath: folder)
      process.standardInput = FileHandle.nullDevice
      process.standardOutput = FileHandle.nullDevice
      // A file, not a pipe: nobody has to read it while gnuplot runs.
      process.standardError = errors
      number = try Temporaries.make { [process] in
        do {
          try process.run()
        } catch {
          throw ReportError(.environment, "\(program.path) cannot be run: \(error.localizedDescription)")
        }
        let id = process.processIdentifier
        return ((), { kill(id, SIGKILL) })
      }.1
    }

    func end() {
      Temporaries.finish(number) { if process.isRunning { process.terminate() } }
    }
  }

  /// Where gnuplot is among the folders of `path`, by default the environment's `PATH`.
  package static func executable(path: String? = nil) throws -> URL {
    try Executable.find("gnuplot", package: "gnuplot-nox", path: path)
  }
}
