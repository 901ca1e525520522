import Foundation
import Reports
import TestSupport
import Testing

/// The page works in a real browser.
@Suite("The report in a browser", .needs(.gnuplot), .needs(.browser))
struct BrowserTests {
  /// Chooses titles of columns after loading, and writes down what the table then shows.
  private static let hook = """
    <script>
    function column(index) {
      return Array.from(document.querySelectorAll('tbody tr')).map(function (row) {
        return row.cells[index].textContent;
      }).join(' ');
    }
    function choose(index) {
      var head = document.querySelectorAll('thead th')[index];
      head.querySelector('button').click();
      return head.getAttribute('aria-sort') + ': ' + column(index);
    }
    var found = [column(1), choose(1), choose(1), choose(0),
      document.documentElement.scrollWidth - document.documentElement.clientWidth];
    var note = document.createElement('pre');
    note.id = 'found';
    note.textContent = found.join('\\n');
    document.body.appendChild(note);
    </script></body>
    """

  @Test("sorting works, nothing sticks out sideways, and the console stays empty")
  func sorting() throws {
    let fixture = try StudyFixture()
    fixture.strategies = ["weight"]
    fixture.sparsities = [0.5, 0.05, 0.995, 0]
    let html = try ReportPage(fixture.write().results()).html
    try fixture.write(html.replacing("</body>", with: Self.hook), to: "hooked.html")
    let (document, log) = try load(fixture.folder.appendingPathComponent("hooked.html"), in: fixture)
    let after = document.components(separatedBy: "<pre id=\"found\">").last ?? ""
    let found = (after.components(separatedBy: "</pre>").first ?? "").split(separator: "\n")
    #expect(
      found == [
        "0% 5% 50% 99.5%", "ascending: 0% 5% 50% 99.5%", "descending: 99.5% 50% 5% 0%",
        "ascending: weight weight weight weight", "0",
      ])
    #expect(!log.contains("CONSOLE"), "\(log)")
  }

  @Test("every column of a measured study can be seen at 1400 pixels")
  func allColumns() throws {
    let fixture = try StudyFixture()
    fixture.seeds = [1, 2]
    fixture.extraColumns = [("note", "layers 1; 2 have no live unit"), ("new_column", "7")]
    fixture.measurements = [
      ("train_step_seconds", "0.000526"), ("train_speedup", "4.25"), ("inference_seconds", "0.0231"),
      ("inference_speedup", "3.5"), ("device_bytes", "28632000"), ("disk_bytes", "9544000"),
      ("max_logit_difference", "1.5e-6"), ("formats", "compacted+sparse compacted+sparse sparse dense dense"),
    ]
    let html = try ReportPage(fixture.write().results()).html
    let hook = """
      <script>
      var note = document.createElement('pre');
      note.id = 'found';
      note.textContent = Array.from(document.querySelectorAll('div.scroll')).map(function (table) {
        return table.scrollWidth - table.clientWidth;
      }).join(' ');
      document.body.appendChild(note);
      </script></body>
      """
    try fixture.write(html.replacing("</body>", with: hook), to: "hooked.html")
    let (document, _) = try load(
      fixture.folder.appendingPathComponent("hooked.html"), in: fixture, width: 1400)
    #expect(document.contains("<pre id=\"found\">0 0 0</pre>"))
    #expect(html.contains(">0.526<") && !html.contains(">0.000526<"))
  }

  @Test("the check of the console would see an error")
  func consoleIsSeen() throws {
    let fixture = try StudyFixture()
    try fixture.write("<!DOCTYPE html><script>absent()</script>", to: "wrong.html")
    let (_, log) = try load(fixture.folder.appendingPathComponent("wrong.html"), in: fixture)
    #expect(log.contains("CONSOLE"))
  }

  /// The document after its scripts have run, and the browser's log.
  private func load(_ page: URL, in fixture: StudyFixture, width: Int = 390) throws -> (
    document: String, log: String
  ) {
    // A file: the browser's helpers outlive it, and would keep a pipe open.
    try fixture.write("", to: "document.txt")
    let outcome = try Tool.run(
      [
        "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--v=0",
        "--user-data-dir=\(fixture.folder.path)/browser", "--window-size=\(width),800", "--dump-dom",
        page.absoluteString,
      ], in: fixture.folder.path, outputTo: fixture.folder.path + "/document.txt",
      executable: try #require(Browser.path))
    return (try fixture.read("document.txt"), outcome.errors)
  }
}
