import Files
import Mustache
import StudyFiles

/// The report of a search: one page that holds everything it shows.
package struct ShrinkPage: Sendable {
  /// The page, as HTML.
  package let html: String

  private struct Content {
    let style: String
    let conclusion: String
    let method: [String]
    let figures: [PagePictures.Figure]
    let columns: [String]
    let rows: [Row]
  }

  private struct Row {
    let cells: [String]
  }

  /// Draws what was tried, and says what it came to.
  ///
  /// - Parameter result: nil where no smaller network was within the drop.
  /// - Throws: `ReportError` where gnuplot is missing or fails.
  package init(_ rows: [ShrinkRow], _ result: ShrinkResult?) throws {
    let pictures = try PagePictures(ShrinkPlots(rows).plots)
    let table = ShrinkTable(rows)
    let content = Content(
      style: pictures.style,
      conclusion: result.map(ShrinkSummary.line)
        ?? "No smaller network was within the drop that was allowed.",
      method: ShrinkSummary.method(result), figures: pictures.figures, columns: ShrinkTable.titles,
      rows: rows.map { Row(cells: table.cells($0)) })
    html = try MustacheTemplate(string: Self.template).render(content)
  }

  /// Writes the page, whole or not at all.
  ///
  /// - Throws: `FileError`.
  package func write(to path: String) throws {
    AtomicFile.removeLeftovers(of: path)
    try AtomicFile.write(html, to: path)
  }

  private static let template = PageFrame.template(
    title: "A smaller network: report",
    body: #"""
      <header>
      <h1>A smaller network</h1>
      <p class="conclusion">{{conclusion}}</p>
      </header>
      <main>
      \#(PagePictures.section)
      <section aria-labelledby="table-title">
      <h2 id="table-title">Every network that was tried</h2>
      <div class="scroll" role="region" aria-labelledby="table-title" tabindex="0">
      <table>
      <thead><tr>{{#columns}}<th scope="col">{{.}}</th>{{/columns}}</tr></thead>
      <tbody>
      {{#rows}}<tr>{{#cells}}<td>{{.}}</td>{{/cells}}</tr>
      {{/rows}}</tbody>
      </table>
      </div>
      </section>
      <section aria-labelledby="method-title">
      <h2 id="method-title">What was measured, and how</h2>
      {{#method}}<p>{{.}}</p>
      {{/method}}</section>
      </main>
      """#)
}

/// What a search came to, in words.
package enum ShrinkSummary {
  /// One line.
  package static func line(_ result: ShrinkResult) -> String {
    let (first, best) = (result.original, result.best)
    return
      "\(best.name): \(Format.accuracy(best.accuracy)) of \(Format.count(Double(result.images))) test images right, "
      + "\(points(result.drop)) ± \(points(result.dropError)) points less than \(Format.accuracy(first.accuracy)); inference "
      + "\(Format.ratio(first.inferenceSeconds / best.inferenceSeconds)) as fast, a training step "
      + "\(Format.ratio(first.stepSeconds / best.stepSeconds)), the file "
      + "\(Format.ratio(Double(first.diskBytes) / Double(best.diskBytes))) smaller (\(Format.bytes(Double(best.diskBytes))))"
  }

  private static func points(_ fraction: Double) -> String {
    "\(Format.points(fraction).trimmingPrefix("+"))"
  }

  /// How it was come to, a paragraph each.
  static func method(_ result: ShrinkResult?) -> [String] {
    let device = result.map { ", on \($0.device)" } ?? ""
    let heldOut = result.map { " (\($0.heldOut))" } ?? ""
    return [
      "Networks were chosen by images that none of them was trained on\(heldOut). One is within the drop where what it has less "
        + "right, with the standard error of that on these images, is no more than was allowed. The numbers at the top are of other "
        + "images, which no choice has seen.",
      "Times are the least of several on this machine\(device): of the held-out images in batches of 256, and of a training step. Bytes are "
        + "those of the file without what is pruned.",
      "The network with the same share of all layers' units was trained for as many steps, at the same cost, as the network that "
        + "its name tells.",
    ]
  }
}
