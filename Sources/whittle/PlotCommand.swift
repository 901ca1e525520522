import ArgumentParser
import Files
import Foundation
import Reports

extension ScaleChoice: ExpressibleByArgument {}

/// `whittle plot`: draws a study's plots.
struct PlotCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plot",
    abstract: "Draw the plots of a study, finished or not, as PNG and SVG.",
    discussion: """
      Beside each picture lie its gnuplot script (.gp) and data (.dat): edit the script and run
      'gnuplot -d NAME.gp' in that folder to restyle it. Several seeds give means with standard deviations.
      Needs gnuplot (Debian and Ubuntu: gnuplot-nox).

      Example: whittle plot runs/pruning-challenge
      """)

  @Argument(
    help: "The study's folder, as 'whittle run' left it.", completion: .directory,
    transform: HomeFolder.expand)
  var runs: String

  @Option(
    help: "Where the plots go. (default: <runs>/plots)", completion: .directory, transform: HomeFolder.expand)
  var output: String?

  @Option(
    help: """
      The axes: linear; log, which spreads what lies near 100%; or auto, which takes log where the values span \
      too much for a linear axis.
      """)
  var scale: ScaleChoice = .auto

  func run() throws {
    let results = try StudyResults(folder: URL(fileURLWithPath: runs))
    let plots = StudyPlots(results, scale: scale).plots
    let folder = output.map { URL(fileURLWithPath: $0) } ?? results.folder.appendingPathComponent("plots")
    guard !plots.isEmpty else {
      throw ReportError(.data, "\(runs) has no accuracies to plot yet: no run has completed an epoch")
    }
    for line in results.warnings { try Output.print(line) }
    let pictures = try PlotWriter.write(plots, to: folder)
    try Output.print("Wrote \(plots.count) plots (\(pictures.count) pictures) to \(folder.relativePath)")
  }
}
