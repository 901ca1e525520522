import ArgumentParser
import Files
import Foundation
import Reports

/// `whittle report`: writes a study's report.
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Write the report of a study, finished or not, as one self-contained HTML page.",
    discussion: """
      The page holds the headline numbers, the plots, a sortable table of the runs, warnings, how everything was
      measured and how to repeat it. It needs no network and no other file.
      Needs gnuplot (Debian and Ubuntu: gnuplot-nox).

      Example: whittle report runs/pruning-challenge
      """)

  @Argument(
    help: "The study's folder, as 'whittle run' left it.", completion: .directory,
    transform: HomeFolder.expand)
  var runs: String

  @Option(
    help: "Where the page goes. (default: <runs>/report.html)", completion: .file(extensions: ["html"]),
    transform: HomeFolder.expand)
  var output: String?

  @Option(help: "The plots' axes, as in 'whittle plot'.")
  var scale: ScaleChoice = .auto

  func run() throws {
    let results = try StudyResults(folder: URL(fileURLWithPath: runs))
    let page = try ReportPage(results, scale: scale)
    let target =
      output.map { URL(fileURLWithPath: $0) } ?? results.folder.appendingPathComponent("report.html")
    try page.write(to: target)
    for line in results.warnings { try Output.print(line) }
    try Output.print("Wrote \(target.relativePath)")
  }
}
