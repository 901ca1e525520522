import Experiments
import Foundation

/// Draws plots into files.
package enum PlotWriter {
  /// Draws `plots` as PNG and SVG into `folder`, each beside the script and the data it is drawn from.
  ///
  /// Every file appears whole or not at all: gnuplot works in a folder of its own, whose files then move here.
  /// Returns the paths of the pictures.
  @discardableResult
  package static func write(_ plots: [Plot], to folder: URL) throws -> [URL] {
    try inStaging(inside: folder) { staging in
      try draw(plots, layout: .files, in: staging)
      var pictures: [URL] = []
      for plot in plots {
        for type in ["dat", "gp", "svg", "png"] {
          let target = folder.appendingPathComponent("\(plot.name).\(type)")
          let source = staging.appendingPathComponent("\(plot.name).\(type)")
          guard rename(source.path, target.path) == 0 else {
            throw ReportError(
              .environment, "\(target.path) cannot be written: \(String(cString: strerror(errno)))")
          }
          if type == "png" || type == "svg" { pictures.append(target) }
        }
      }
      return pictures
    }
  }

  /// Draws `plots` for a page and returns their SVG text, in order.
  package static func pageSVG(_ plots: [Plot]) throws -> [String] {
    try inStaging(inside: FileManager.default.temporaryDirectory) { staging in
      try draw(plots, layout: .page, in: staging)
      return try plots.map { try FileSystem.readText(staging.appendingPathComponent("\($0.name).svg").path) }
    }
  }

  private static func draw(_ plots: [Plot], layout: PlotLayout, in folder: URL) throws {
    for plot in plots {
      try Data(plot.dataText.utf8).write(to: folder.appendingPathComponent("\(plot.name).dat"))
      try Data(plot.script(layout).utf8).write(to: folder.appendingPathComponent("\(plot.name).gp"))
    }
    try Gnuplot.run(plots.map(\.name), in: folder)
  }

  /// Calls `body` with a new folder inside `folder`, which is made where missing, and removes the new one after.
  private static func inStaging<Result>(inside folder: URL, _ body: (URL) throws -> Result) throws -> Result {
    let staging = folder.appendingPathComponent(".whittle-drawing-\(UUID().uuidString)")
    do {
      try FileManager.default.createDirectory(at: staging, withIntermediateDirectories: true)
    } catch {
      throw ReportError(.environment, "\(folder.path) cannot be written: \(error.localizedDescription)")
    }
    defer { try? FileManager.default.removeItem(at: staging) }
    return try body(staging)
  }
}
