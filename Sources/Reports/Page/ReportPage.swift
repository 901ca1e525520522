import Files
import Foundation
import Mustache

/// A study's report: one page that holds everything it shows.
package struct ReportPage: Sendable {
  /// The page, as HTML.
  package let html: String

  /// Draws `results`; the plots take `scale`.
  ///
  /// Throws `ReportError` where gnuplot is missing or fails.
  package init(_ results: StudyResults, scale: ScaleChoice = .auto) throws {
    let pictures = try PagePictures(StudyPlots(results, scale: scale).plots)
    let template = try MustacheTemplate(string: PageTemplate.text)
    html = template.render(Content(results, pictures))
  }

  /// Writes the page to `url`, whole or not at all.
  ///
  /// Throws `FileError`.
  package func write(to url: URL) throws {
    AtomicFile.removeLeftovers(of: url.path)
    try AtomicFile.write(html, to: url.path)
  }
}

private struct Setting {
  let term: String
  let text: String
}

private struct Table {
  let id: String
  let table: RunTable
}

/// What the template shows, under the names that it uses.
private struct Content {
  let name: String
  let description: String?
  let question: String
  let conclusion: String?
  let protocolTitle: String
  let protocolText: String
  let hasWarnings: Bool
  let warnings: [String]
  let headlines: [Headlines.Item]
  let figures: [PagePictures.Figure]
  let tables: [Table]
  let hasConfusions: Bool
  let confusions: [ConfusionTable]
  let settings: [Setting]
  let command: String
  let config: String?
  let folder: String
  let style: String
  let script = PageTemplate.script

  init(_ results: StudyResults, _ pictures: PagePictures) {
    let headlines = Headlines(results)
    let method = StudyProtocol(results)
    name = results.name
    description = results.description
    question = Self.question(results)
    conclusion = headlines.conclusion
    protocolTitle = method.title
    protocolText = method.explanation
    warnings = results.warnings + Self.runNotes(results)
    hasWarnings = !warnings.isEmpty
    self.headlines = headlines.items
    figures = pictures.figures
    let tables =
      (results.seeds.count > 1 ? [RunTable.means(results)] : []) + [RunTable.everyRun(results)]
      + [RunTable.costs(results)].compactMap { $0 }
    self.tables = tables.enumerated().map { Table(id: String($0.offset + 1), table: $0.element) }
    confusions = ConfusionTable.tables(results)
    hasConfusions = !confusions.isEmpty
    settings = method.settings.map { Setting(term: $0.term, text: $0.text) }
    command = Self.command(results)
    config = results.configText
    folder = results.folder.relativePath
    style = pictures.style
  }

  private static func question(_ results: StudyResults) -> String {
    let ways = [
      "weight": "single weights", "neuron": "whole neurons", "block": "blocks of weights",
      "n_m": "weights of each group of inputs",
    ]
    let asked = results.strategies.map { ways[$0] ?? "\($0) candidates" }
    let what = [asked.dropLast().joined(separator: ", "), asked.last ?? ""].filter { !$0.isEmpty }
      .joined(separator: " and ")
    let comparison = results.strategies.count > 1 ? ", and which way of pruning costs less" : ""
    return "How many \(what) can be pruned before the network's accuracy suffers\(comparison)?"
  }

  /// What the study noted of its runs: layers that collapsed, why a run failed.
  private static func runNotes(_ results: StudyResults) -> [String] {
    results.runs.compactMap { run in run.note.map { "\(run.key.name): \($0)" } }
  }

  private static func command(_ results: StudyResults) -> String {
    let folder = results.folder.relativePath
    return "whittle run \(quoted(folder + "/config.json")) --output \(quoted(folder + "-again"))"
  }

  /// `text` as one word for a shell.
  private static func quoted(_ text: String) -> String {
    let plain = text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "/._-+".contains($0)) }
    return plain ? text : "'" + text.replacingOccurrences(of: "'", with: "'\\''") + "'"
  }
}
