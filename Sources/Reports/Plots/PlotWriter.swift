import Files
import Foundation

/// Draws plots into files.
package enum PlotWriter {
  /// Draws `plots` as PNG and SVG into `folder`, each beside the script and the data it is drawn from.
  ///
  /// Every file appears whole or not at all: gnuplot works in a folder of its own, whose files then move here.
  /// Returns the paths of the pictures.
  @discardableResult
  package static func write(_ plots: [Plot], to folder: URL) throws -> [URL] {
    try StagingFolder.with(inside: folder.path) { staging in
      try draw(plots, layout: .files, in: staging)
      var pictures: [URL] = []
      for plot in plots {
        for type in ["dat", "gp", "svg", "png"] {
          let target = folder.appendingPathComponent("\(plot.name).\(type)")
          try FileSystem.move("\(staging)/\(plot.name).\(type)", to: target.path)
          if type == "png" || type == "svg" { pictures.append(target) }
        }
      }
      return pictures
    }
  }

  /// Draws `plots` for a page and returns their SVG text, in order.
  package static func pageSVG(_ plots: [Plot]) throws -> [String] {
    try StagingFolder.with(inside: FileManager.default.temporaryDirectory.path) { staging in
      try draw(plots, layout: .page, in: staging)
      return try plots.map { try FileSystem.readText("\(staging)/\($0.name).svg") }
    }
  }

  private static func draw(_ plots: [Plot], layout: PlotLayout, in folder: String) throws {
    for plot in plots {
      try FileSystem.writeInPlace(plot.dataText, to: "\(folder)/\(plot.name).dat")
      try FileSystem.writeInPlace(plot.script(layout), to: "\(folder)/\(plot.name).gp")
    }
    try Gnuplot.run(plots.map(\.name), in: folder)
  }
}
