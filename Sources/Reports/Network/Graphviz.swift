import Files
import Foundation

/// Runs Graphviz (https://graphviz.org).
package enum Graphviz {
  /// A graph as SVG.
  ///
  /// - Throws: `ReportError` where Graphviz is not installed or fails.
  package static func svg(_ dot: String) throws -> [UInt8] {
    let process = Process()
    let (input, output) = (Pipe(), Pipe())
    process.executableURL = try Executable.find("dot", package: "graphviz")
    process.arguments = ["-Tsvg"]
    process.standardInput = input
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    let ((), number) = try Temporaries.make { [process] in
      do {
        try process.run()
      } catch {
        throw ReportError(.environment, "dot cannot be run: \(error.localizedDescription)")
      }
      let id = process.processIdentifier
      return ((), { kill(id, SIGKILL) })
    }
    defer { Temporaries.finish(number) { if process.isRunning { process.terminate() } } }
    // It writes nothing before it has read everything.
    try input.fileHandleForWriting.write(contentsOf: Data(dot.utf8))
    try input.fileHandleForWriting.close()
    let svg = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    guard process.terminationStatus == 0, !svg.isEmpty else {
      throw ReportError(.environment, "dot (Graphviz) failed with status \(process.terminationStatus)")
    }
    return Array(svg)
  }
}
