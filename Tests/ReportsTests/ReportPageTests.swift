import Foundation
import Reports
import StudyFiles
import TestSupport
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// The page stands alone, is well-formed and shows hostile text as text.
@Suite("The report's page", .needs(.gnuplot))
struct ReportPageTests {
  @Test("well-formed, ids unique, nothing fetched from elsewhere")
  func selfContained() throws {
    let fixture = try StudyFixture()
    fixture.seeds = [1, 2]
    fixture.measurements = [
      ("inference_seconds", "0.5"), ("train_speedup", "4"), ("max_logit_difference", "1.5e-6"),
      ("formats", "sparse dense"),
    ]
    let html = try ReportPage(fixture.write().results()).html
    let outline = Outline()
    let parser = XMLParser(data: Data(html.replacing("<!DOCTYPE html>", with: "").utf8))
    parser.delegate = outline
    #expect(parser.parse(), "\(parser.parserError.map { "\($0)" } ?? "") at line \(parser.lineNumber)")
    #expect(outline.ids.count == Set(outline.ids).count)
    #expect(outline.references.allSatisfy { $0.hasPrefix("#") || $0 == "data:," })
    for reference in outline.references where reference.hasPrefix("#") {
      #expect(outline.ids.contains(String(reference.dropFirst())), "\(reference)")
    }
    for mark in ["http:", "https:", "//cdn", "@import", "url("] { #expect(!html.contains(mark), "\(mark)") }
    #expect(outline.pictures == 10)
    #expect(outline.unlabelledPictures == 0)
    for text in ["Largest logit difference", "1.5e-06", "sparse dense", "4.00×"] {
      #expect(html.contains(text), "\(text)")
    }
    #expect(html.contains("± "))
  }

  @Test("which classes are taken for which is shown under their names, of each sparsity once")
  func confusion() throws {
    let fixture = try StudyFixture()
    fixture.seeds = [1, 2]
    #expect(try !ReportPage(fixture.write().results()).html.contains("<table class=\"confusion\">"))
    for run in ["weight-s0.0-seed1", "weight-s0.5-seed1", "weight-s0.5-seed2"] {
      try ConfusionFile(classes: ["cat & dog", "as"], counts: [[30, 10], [0, 7]]).write(
        to: fixture.folder.appendingPathComponent("runs/\(run)/confusion.csv").path)
    }
    let html = try ReportPage(fixture.results()).html
    #expect(html.split(separator: "<table class=\"confusion\">").count == 3)
    #expect(
      html.contains("<th scope=\"row\">cat &amp; dog</th><td class=\"n right\" style=\"--share:75%\">30</td>")
    )
    #expect(html.contains("<td class=\"n\">75.00%</td>"))
  }

  @Test("names are shown, not obeyed")
  func escaping() throws {
    let fixture = try StudyFixture()
    fixture.name = "<script>alert('x')</script> & \"co\" {{name}}"
    fixture.extraColumns = [("note", "\"<img src=x onerror=alert(1)>\"")]
    let html = try ReportPage(fixture.write().results()).html
    #expect(html.components(separatedBy: "<script>").count == 2)
    #expect(!html.contains("<img"))
    #expect(html.contains("&lt;script&gt;"))
    #expect(html.contains("{{name}}"))
  }

  @Test("what a study asks names each of its structures in the field's words")
  func structures() throws {
    let fixture = try StudyFixture()
    fixture.strategies = ["weight", "neuron", "block", "n_m"]
    let html = try ReportPage(fixture.write().results()).html
    #expect(
      html.contains(
        "How many single weights, whole neurons, blocks of weights and weights of each group of inputs can be pruned"
      ))
    #expect(html.contains("N:M pruning") && !html.contains("n_m pruning"))
  }

  @Test("what the study is about, and what its accuracies are of")
  func description() throws {
    let fixture = try StudyFixture()
    fixture.description = "A <sentence> of its author."
    #expect(
      try ReportPage(fixture.write().results()).html.contains("<p>A &lt;sentence&gt; of its author.</p>"))
    #expect(try ReportPage(fixture.results()).html.contains("each batch before its update"))
    fixture.schedule = ["name": "one_shot", "fine_tune_epochs": 0]
    #expect(try !ReportPage(fixture.write().results()).html.contains("each batch before its update"))
    fixture.schedule = ["name": "one_shot", "fine_tune_epochs": 6]
    #expect(try ReportPage(fixture.write().results()).html.contains("each batch before its update"))
  }

  @Test("the network is told in a line: widths, or how many layers of which kind")
  func network() throws {
    let fixture = try StudyFixture()
    #expect(try ReportPage(fixture.write().results()).html.contains("784–100–10, initialised he_normal"))
    fixture.layers =
      (0..<30).flatMap { _ in
        [
          ["operation": "conv2d", "outputs": 16, "kernel": 3, "padding": 1] as [String: Any],
          ["operation": "relu"],
        ]
      } + [["operation": "flatten"], ["operation": "linear", "outputs": 10]]
    #expect(
      try ReportPage(fixture.write().results()).html.contains(
        "62 layers: 30 conv2d, 30 relu, 1 flatten, 1 linear, initialised he_normal"))
  }

  @Test("says which protocol was followed")
  func protocols() throws {
    let fixture = try StudyFixture()
    let proper = try ReportPage(fixture.write().results()).html
    #expect(proper.contains("Protocol: proper"))
    fixture.accuracyMode = "cumulative"
    fixture.trainableLayers = "output"
    let published = try ReportPage(fixture.write().results()).html
    #expect(published.contains("Protocol: as published"))
    #expect(published.contains("running averages over all epochs"))
    #expect(published.contains("hidden layers keep their initial random weights"))
  }

  @Test("an unfinished study, its warnings, and how to repeat it")
  func unfinished() throws {
    let fixture = try StudyFixture()
    fixture.extraColumns = [("note", "layer 3 has no live unit")]
    try fixture.writeConfig()
    try fixture.writeSummary([fixture.summaryRow("weight", 0, 1)])
    try fixture.writeMetrics("neuron", 0.99, 1, epochs: 2)
    try fixture.write(
      #"{"info":{"whittle":"1.2.3","device":"A device","compute_units":2}}"#,
      to: "summary.json")
    let page = try ReportPage(fixture.results())
    for text in [
      "This study is unfinished: 1 of 7 runs are done", "weight 0%, seed 1: layer 3 has no live unit",
      "1.2.3",
      "A device, 2 compute units",
      "at 2 of 6 epochs", "whittle run \(fixture.folder.relativePath)/config.json --output",
    ] {
      #expect(page.html.contains(text), "\(text)")
    }
    let file = fixture.folder.appendingPathComponent("report.html")
    try page.write(to: file)
    #expect(try fixture.read("report.html") == page.html)
  }

  /// What the test asks of the page's elements.
  private final class Outline: NSObject, XMLParserDelegate {
    var ids: [String] = []
    var references: [String] = []
    var pictures = 0
    var unlabelledPictures = 0

    func parser(
      _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
      attributes: [String: String]
    ) {
      if let id = attributes["id"] { ids.append(id) }
      references += ["src", "href", "action", "poster", "data"].compactMap { attributes[$0] }
      if name == "svg" {
        pictures += 1
        if attributes["role"] != "img" || attributes["aria-label"]?.isEmpty != false {
          unlabelledPictures += 1
        }
      }
    }
  }
}
