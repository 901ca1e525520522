import Foundation
import Reports
import Testing

private let browser = program("chromium", "chromium-browser", "google-chrome")

/// The page works in a real browser.
@Suite(
  "The report in a browser",
  .enabled(if: hasGnuplot && browser != nil, "gnuplot or Chromium is not installed"))
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

  @Test("the check of the console would see an error")
  func consoleIsSeen() throws {
    let fixture = try StudyFixture()
    try fixture.write("<!DOCTYPE html><script>absent()</script>", to: "wrong.html")
    let (_, log) = try load(fixture.folder.appendingPathComponent("wrong.html"), in: fixture)
    #expect(log.contains("CONSOLE"))
  }

  /// The document after its scripts have run, and the browser's log.
  private func load(_ page: URL, in fixture: StudyFixture) throws -> (document: String, log: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try #require(browser))
    process.arguments = [
      "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--v=0",
      "--user-data-dir=\(fixture.folder.path)/browser", "--window-size=390,800", "--dump-dom",
      page.absoluteString,
    ]
    let output = fixture.folder.appendingPathComponent("document.txt")
    let log = fixture.folder.appendingPathComponent("log.txt")
    for file in [output, log] { try Data().write(to: file) }
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: log)
    process.standardInput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return (
      try String(contentsOf: output, encoding: .utf8),
      String(decoding: try Data(contentsOf: log), as: UTF8.self)
    )
  }
}
