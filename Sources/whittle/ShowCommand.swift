import ArgumentParser
import Files
import Foundation
import Reports

/// `whittle show`: prints a study's table again.
struct ShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Print the table of a study, finished or not, and its warnings.",
    discussion: """
      It is the table that 'whittle run' ends with, of what the folder holds now. Nothing is trained or written.

      Example: whittle show runs/quickstart
      """)

  @Argument(
    help: "The study's folder, as 'whittle run' left it.", completion: .directory,
    transform: HomeFolder.expand)
  var runs: String

  func run() throws {
    let results = try StudyResults(folder: URL(fileURLWithPath: runs))
    try Output.print(StudyTable(results).text(width: Terminal.output.size.columns), terminator: "")
    for line in results.warnings { try Output.print(line) }
  }
}
