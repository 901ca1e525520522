import ArgumentParser
import Files
import Foundation
import Reports

/// `whittle compare`: several studies in one table and one set of plots.
struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Compare several studies, at equal sparsity, size, work and measured time.",
    discussion: """
      All networks in one table, then what each study reaches with at most the parameters, the multiply-adds and the \
      times of the first study's networks. Nothing is interpolated. Where the studies differ in more than their \
      pruning, it says so; times are compared only where one device measured them all.

      A study of several strategies, or of controls, can be compared alone: each of them is a row and a curve.

      Plots (PNG and SVG, with their gnuplot scripts) and comparison.csv go to --output; that needs gnuplot (Debian \
      and Ubuntu: gnuplot-nox).

      Example: whittle compare runs/constant runs/gradual --output comparison
      """)

  @Argument(
    help: "The studies' folders, as 'whittle run' left them.", completion: .directory,
    transform: HomeFolder.expand)
  var studies: [String]

  @Option(
    help: "Where plots and comparison.csv go; without it, the tables are printed only.",
    completion: .directory,
    transform: HomeFolder.expand)
  var output: String?

  @Option(help: "The plots' axes, as in 'whittle plot'.")
  var scale: ScaleChoice = .auto

  func validate() throws {
    let paths = studies.map { URL(fileURLWithPath: $0).resolvingSymlinksInPath().path }
    for (index, path) in paths.enumerated() where paths[..<index].contains(path) {
      throw ValidationError("\(studies[index]) is named twice; name each study once")
    }
  }

  func run() throws {
    let comparison = Comparison(
      try studies.map { try StudyResults(folder: URL(fileURLWithPath: $0)) })
    for (study, path) in zip(comparison.studies, studies) where !study.runs.contains(where: \.isFinished) {
      throw ReportError(.data, "\(path) has no finished run to compare yet")
    }
    guard comparison.curves.count > 1 else {
      throw ValidationError(
        "\(studies[0]) has one strategy and no controls, which compares with nothing: name two or more folders, such as "
          + "runs/a runs/b")
    }
    try Output.print(
      ComparisonTable(comparison).text(width: Terminal.output.size.columns), terminator: "")
    for line in comparison.warnings { try Output.print(line) }
    guard let output else { return }
    let folder = URL(fileURLWithPath: output)
    let plots = ComparisonPlots(comparison, scale: scale).plots
    let pictures = try PlotWriter.write(plots, to: folder)
    try comparison.writeCSV(to: folder.appendingPathComponent("comparison.csv").path)
    try Output.print(
      "Wrote comparison.csv and \(plots.count) plots (\(pictures.count) pictures) to \(folder.relativePath)")
  }
}
